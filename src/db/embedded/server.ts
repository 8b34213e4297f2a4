import { existsSync } from "node:fs";
import { Problem } from "#kernel";
import { usableNative } from "./binaries.ts";
import type { Identity } from "./command.ts";
import { serverIdentity } from "./identity.ts";
import { DATABASE, ensureInitialised, readPassword, ROLE } from "./initialise.ts";
import { findLayout, SHARED_FOLDER, type Layout } from "./layout.ts";
import { lockStart, markUse, type Lock, type Use } from "./lock.ts";
import { clearAfterCrash, findPostmaster, stopPostmaster, worksIn, type Postmaster } from "./postmaster.ts";
import { ensureDatabase, socketFolder, startPostmaster } from "./start.ts";

/** One step of a start, for whoever shows progress; `elapsedMs` since the call. */
export type EmbeddedProgress = {
  readonly phase: "user" | "binaries" | "init" | "start" | "recovery" | "ready";
  /** A sentence of facts, e.g. `PostgreSQL 18.4 on port 15901`. */
  readonly detail: string;
  readonly elapsedMs: number;
};

export type EmbeddedOptions = {
  /** Headgate's state folder; the server's own things go to `postgres/` in it. */
  readonly stateFolder: string;
  readonly onProgress?: (step: EmbeddedProgress) => void;
  /** Where data and binaries go when the server's user cannot enter the state folder (root only). */
  readonly sharedFolder?: string;
  /** "none" trades every promise for speed: for servers that a test makes and throws away. */
  readonly durability?: "full" | "none";
};

export type EmbeddedServer = {
  /** The way in: over the Unix socket where there is one, else loopback TCP. Carries the password. */
  url(): string;
  /** The same over loopback TCP, for programs that know no socket. */
  tcpUrl(): string;
  pid(): number;
  readonly version: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Whether it ran already when it was asked for. */
  readonly found: boolean;
  /** Starts the server again if it is gone; true when it had to. The port, and so the URL, stays unless somebody took it. */
  ensureRunning(): Promise<boolean>;
  /** Ends this use, and stops the server when nobody else uses it. */
  release(): Promise<{ stopped: boolean }>;
  /** Stops the server whoever uses it. */
  stop(): Promise<void>;
};

const START_LOCK_WAIT_S = 120;

/**
 * Finds the embedded server of a state folder running, or starts it, having made whatever is missing: the user (as root), binaries that it
 * can run, the data directory, Headgate's database. Repeating it after a kill at any point takes up where that stopped.
 * Throws Problems `db.platform`, `db.no-user`, `db.locked`, `db.init-failed`, `db.start-failed`, `db.other-version`, `state.read-only`, `state.disk-full`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform !== "linux") throw new Problem("db.platform", { detail: `the embedded PostgreSQL runs on Linux, not on ${process.platform}`, fix: "Set DATABASE_URL." });
  const startedMs = performance.now();
  const tell = (phase: EmbeddedProgress["phase"], detail: string) => options.onProgress?.({ phase, detail, elapsedMs: Math.round(performance.now() - startedMs) });
  const as = await serverIdentity((name) => tell("user", `made the system user ${name}, who runs PostgreSQL`));
  const layout = await findLayout(options.stateFolder, as, options.sharedFolder ?? SHARED_FOLDER);
  const native = await usableNative(layout.copies, as, () => tell("binaries", `copying PostgreSQL to ${layout.copies}`));
  const site: Site = { layout, as, native: native.folder, durable: options.durability !== "none", tell };
  const lock = await lockStart(layout.startLock, START_LOCK_WAIT_S);
  try {
    const use = await markUse(layout.useLock);
    try {
      const found = findPostmaster(layout.data);
      const postmaster = await bringUp(site, undefined);
      await ensureDatabase(urlOf(layout, postmaster.port, "socket", "postgres"));
      tell("ready", `PostgreSQL ${native.version} on port ${postmaster.port}`);
      return serverOf(site, native.version, postmaster, use, found !== undefined);
    } catch (error) {
      use.release();
      throw error;
    }
  } finally {
    lock.release();
  }
}

/** Stops the embedded server of a state folder if it runs, whoever uses it; false when there was nothing to stop. */
export async function stopEmbedded(options: Pick<EmbeddedOptions, "stateFolder" | "sharedFolder">): Promise<boolean> {
  if (!existsSync(options.stateFolder)) return false;
  const layout = await findLayout(options.stateFolder, await serverIdentity(() => undefined), options.sharedFolder ?? SHARED_FOLDER);
  if (!existsSync(layout.data)) return false;
  const lock = await lockStart(layout.startLock, START_LOCK_WAIT_S);
  try {
    const running = findPostmaster(layout.data);
    if (running !== undefined) await stopPostmaster(running.pid, layout.data);
    return running !== undefined;
  } finally {
    lock.release();
  }
}

/** What a start needs to know about the place. */
type Site = { readonly layout: Layout; readonly as: Identity | null; readonly native: string; readonly durable: boolean; readonly tell: (phase: EmbeddedProgress["phase"], detail: string) => void };

/** The running server, or a fresh one. The caller holds the start lock. */
async function bringUp(site: Site, preferredPort: number | undefined): Promise<Postmaster> {
  const { layout, as, native, durable, tell } = site;
  const running = findPostmaster(layout.data);
  if (running !== undefined) return running;
  await ensureInitialised(layout, native, as, durable, () => tell("init", `making a database in ${layout.data}`));
  if (existsSync(layout.data)) await clearAfterCrash(layout.data);
  tell("start", `starting PostgreSQL on ${layout.data}`);
  return await startPostmaster(layout, native, as, durable, preferredPort, () => tell("recovery", "recovering from a crash"));
}

function urlOf(layout: Layout, port: number, way: "socket" | "tcp", database: string): string {
  const password = readPassword(layout);
  if (password === undefined) throw new Problem("db.credentials", { detail: `the password file ${layout.password} is lost` });
  const folder = way === "socket" ? socketFolder(layout) : undefined;
  const host = folder === undefined ? "127.0.0.1" : encodeURIComponent(folder);
  return `postgresql://${ROLE}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

function serverOf(site: Site, version: string, first: Postmaster, use: Use, found: boolean): EmbeddedServer {
  const { layout } = site;
  let postmaster = first;
  async function locked<T>(work: () => Promise<T>): Promise<T> {
    const lock: Lock = await lockStart(layout.startLock, START_LOCK_WAIT_S);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }
  return {
    url: () => urlOf(layout, postmaster.port, "socket", DATABASE),
    tcpUrl: () => urlOf(layout, postmaster.port, "tcp", DATABASE),
    pid: () => postmaster.pid,
    version,
    dataFolder: layout.data,
    logFile: layout.log,
    found,
    ensureRunning: async () => {
      if (worksIn(postmaster.pid, layout.data)) return false;
      return await locked(async () => {
        postmaster = await bringUp(site, postmaster.port);
        return true;
      });
    },
    release: () =>
      locked(async () => {
        const last = await use.isLast();
        use.release();
        const running = last ? findPostmaster(layout.data) : undefined;
        if (running !== undefined) await stopPostmaster(running.pid, layout.data);
        return { stopped: last };
      }),
    stop: () =>
      locked(async () => {
        use.release();
        const running = findPostmaster(layout.data);
        if (running !== undefined) await stopPostmaster(running.pid, layout.data);
      }),
  };
}
