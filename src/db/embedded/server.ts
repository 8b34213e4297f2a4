import { existsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "#kernel";
import { ensureDatabase, urlOf } from "./address.ts";
import { usableNative } from "./binaries.ts";
import type { Identity } from "./command.ts";
import { serverIdentity } from "./identity.ts";
import { ensureInitialised } from "./initialise.ts";
import { findLayout, knownLayout, SHARED_FOLDER, type Layout, type Site } from "./layout.ts";
import { lockStart, markUse, type Use } from "./lock.ts";
import { readPassword, resetPassword } from "./password.ts";
import { clearAfterCrash, findPostmaster, stopPostmaster, worksIn, type Postmaster } from "./postmaster.ts";
import { startPostmaster, waitUntilUp } from "./start.ts";
import { startSupervisor, type Supervision } from "./supervisor.ts";

/** One step of a start, for whoever shows progress. */
export type EmbeddedProgress = {
  readonly phase: "user" | "binaries" | "init" | "start" | "recovery" | "ready";
  /** A few words with facts, e.g. `PostgreSQL 18.4 on port 15901`. */
  readonly detail: string;
  /** Since the call. */
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
  /** The way in, with the password: over the Unix socket where there is one, else loopback TCP. Changes only when the port was taken during a crash. */
  url(): string;
  /** The same over loopback TCP, for programs that know no socket. */
  tcpUrl(): string;
  pid(): number;
  readonly version: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Whether it ran already when it was asked for. */
  readonly found: boolean;
  /** Starts the server again if it is gone; true when it was. Throws what `startEmbedded` throws. */
  ensureRunning(): Promise<boolean>;
  /** Looks after the server until it is released or stopped: calls `ensureRunning` again and again, and tells what came of it. */
  supervise(tell: Supervision): void;
  /** Ends this use, and stops the server when nobody else uses it. Repeating it is harmless. */
  release(): Promise<{ stopped: boolean }>;
  /** Ends this use and stops the server whoever uses it. */
  stop(): Promise<void>;
};

const START_LOCK_WAIT_S = 120;

/**
 * Finds the embedded server of a state folder running, or starts it, having made whatever is missing: the user (as root), binaries
 * that it can run, the data directory, Headgate's database. Repeating it after a kill at any point takes up where that stopped.
 * Throws Problems `db.platform`, `db.no-user`, `db.locked`, `db.init-failed`, `db.start-failed`, `db.other-version`, `db.credentials`,
 * `state.read-only`, `state.disk-full`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const startedMs = performance.now();
  const tell: Tell = (phase, detail) => options.onProgress?.({ phase, detail, elapsedMs: Math.round(performance.now() - startedMs) });
  const { layout, as } = await locate(options, tell);
  const native = await usableNative(layout.copies, as, () => tell("binaries", `copying PostgreSQL to ${layout.copies}`));
  const site: Site = { layout, as, native: native.folder, durable: options.durability !== "none" };
  return await withStartLock(layout, async () => {
    const use = await markUse(layout.useLock);
    try {
      const found = findPostmaster(layout.data) !== undefined;
      const postmaster = await bringUp(site, undefined, use, tell);
      await ensureDatabase(layout, postmaster);
      tell("ready", `PostgreSQL ${native.version} on port ${postmaster.port}`);
      return serverOf(site, native.version, postmaster, use, found);
    } catch (error) {
      await use.release();
      throw error;
    }
  });
}

/** Where an embedded server is. */
export type EmbeddedPlace = Pick<EmbeddedOptions, "stateFolder" | "sharedFolder">;

/** The data directory of a state folder's embedded server, also where it does not lie there; undefined when there is none yet. Makes nothing. */
export function embeddedData({ stateFolder, sharedFolder }: EmbeddedPlace): string | undefined {
  return knownLayout(stateFolder, sharedFolder ?? SHARED_FOLDER)?.data;
}

/** Stops the embedded server of a state folder if it runs, whoever uses it; false when there was nothing to stop. */
export async function stopEmbedded({ stateFolder, sharedFolder }: EmbeddedPlace): Promise<boolean> {
  const layout = knownLayout(stateFolder, sharedFolder ?? SHARED_FOLDER);
  return layout !== undefined && existsSync(layout.data) && (await withStartLock(layout, () => stopRunning(layout)));
}

/** Stops the embedded server of a state folder and removes its data for ever, also where they do not lie in the state folder itself. */
export async function removeEmbedded(place: EmbeddedPlace): Promise<void> {
  await stopEmbedded(place);
  const layout = knownLayout(place.stateFolder, place.sharedFolder ?? SHARED_FOLDER);
  if (layout !== undefined) await rm(layout.base, { recursive: true, force: true });
  await rm(join(place.stateFolder, "postgres"), { recursive: true, force: true });
}

type Tell = (phase: EmbeddedProgress["phase"], detail: string) => void;

async function locate(options: EmbeddedOptions, tell: Tell): Promise<{ layout: Layout; as: Identity | null }> {
  if (process.platform !== "linux")
    throw new Problem("db.platform", { detail: `the embedded PostgreSQL runs on Linux, not on ${process.platform}`, fix: "Set DATABASE_URL." });
  const as = await serverIdentity((name) => tell("user", `made the system user ${name}, who runs PostgreSQL`));
  const layout = await findLayout(options.stateFolder, as, options.sharedFolder ?? SHARED_FOLDER);
  return { layout, as: as === null ? null : dataOwner(layout, as) };
}

/** PostgreSQL runs only as the owner of its data. Root takes over the state folder of an ordinary user as that user. */
function dataOwner(layout: Layout, as: Identity): Identity {
  const owner = statSync(layout.data, { throwIfNoEntry: false });
  return owner === undefined || owner.uid === as.uid || owner.uid === 0 ? as : { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
}

async function withStartLock<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  const lock = await lockStart(layout.startLock, START_LOCK_WAIT_S);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The running server, or a fresh one. The caller holds the start lock. */
async function bringUp(site: Site, preferredPort: number | undefined, use: Use, tell: Tell): Promise<Postmaster> {
  const { layout } = site;
  const onRecovery = () => tell("recovery", "recovering from a crash");
  await endServerWithoutPassword(layout, use);
  const there = findPostmaster(layout.data);
  if (there !== undefined) {
    // It may still be starting, or be stopping by another hand: then it goes, and a fresh one is started below.
    const up = await waitUntilUp(layout, () => !worksIn(there.pid, layout.data), onRecovery);
    if (up !== undefined) return up;
    if (worksIn(there.pid, layout.data))
      throw new Problem("db.start-failed", {
        detail: `PostgreSQL runs on ${layout.data} (process ${there.pid}) but does not answer`,
        fix: `End process ${there.pid}, then start again; its log is ${layout.log}.`,
      });
  }
  await ensureInitialised(site, () => tell("init", `making a database in ${layout.data}`));
  await clearAfterCrash(layout.data);
  tell("start", `starting PostgreSQL on ${layout.data}`);
  if (readPassword(layout) === undefined) await resetPassword(site);
  return await startPostmaster(site, preferredPort, onRecovery);
}

/** A server whose password is lost is of use to nobody new. It is stopped, to be given a new one, unless somebody still uses it. */
async function endServerWithoutPassword(layout: Layout, use: Use): Promise<void> {
  if (readPassword(layout) === undefined && findPostmaster(layout.data) !== undefined && (await use.isAlone())) await stopRunning(layout);
}

async function stopRunning(layout: Layout): Promise<boolean> {
  const running = findPostmaster(layout.data);
  if (running !== undefined) await stopPostmaster(running.pid, layout.data);
  return running !== undefined;
}

function serverOf(site: Site, version: string, first: Postmaster, use: Use, found: boolean): EmbeddedServer {
  const { layout } = site;
  let postmaster = first;
  let ended = false;
  let endSupervision: () => Promise<void> = () => Promise.resolve();

  async function ensureRunning(): Promise<boolean> {
    if (worksIn(postmaster.pid, layout.data)) return false;
    return await withStartLock(layout, async () => {
      if (ended) return false;
      postmaster = await bringUp(site, postmaster.port, use, () => undefined);
      return true;
    });
  }

  async function end(stopsFor: () => Promise<boolean>): Promise<{ stopped: boolean }> {
    if (ended) return { stopped: false };
    ended = true;
    await endSupervision();
    return await withStartLock(layout, async () => {
      try {
        return { stopped: (await stopsFor()) && (await stopRunning(layout)) };
      } finally {
        await use.release();
      }
    });
  }

  return {
    url: () => urlOf(layout, postmaster.port, "socket"),
    tcpUrl: () => urlOf(layout, postmaster.port, "tcp"),
    pid: () => postmaster.pid,
    version,
    dataFolder: layout.data,
    logFile: layout.log,
    found,
    ensureRunning,
    supervise: (tell) => {
      endSupervision = startSupervisor(ensureRunning, tell);
    },
    release: () => end(() => use.isAlone()),
    stop: async () => {
      await end(() => Promise.resolve(true));
    },
  };
}
