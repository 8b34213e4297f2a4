import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { Problem } from "#kernel";
import { classifyFailure } from "../sql-state.ts";
import { plainEnvironment, type Identity } from "./command.ts";
import { fileProblem, makeOwnFolder } from "./files.ts";
import { DATABASE, ROLE } from "./initialise.ts";
import type { Layout } from "./layout.ts";
import { findPostmaster, type Postmaster } from "./postmaster.ts";

/** Below the range from which the system picks ports for outgoing connections (32768 on Linux), so that a restart finds its port free. */
const PORT_MIN = 15_432;
const PORT_MAX = 32_000;

/** Ports tried before giving up. */
const PORTS_MAX = 20;

/** A path of a Unix socket has 108 bytes with its end mark. */
const SOCKET_PATH_MAX = 107;

/** The log is kept in two files of at most about this size. */
const LOG_BYTES_MAX = 1024 * 1024;

/** Long enough for a loaded machine to start a healthy server. */
const START_TIMEOUT_MS = 60_000;
/** Crash recovery reads at most max_wal_size and the last checkpoint; on a slow disk that takes minutes. */
const RECOVERY_TIMEOUT_MS = 600_000;

/** The socket folder, or undefined when its path is too long for a socket: then there is TCP alone. */
export function socketFolder(layout: Layout): string | undefined {
  return Buffer.byteLength(join(layout.socket, ".s.PGSQL.65535")) <= SOCKET_PATH_MAX ? layout.socket : undefined;
}

/**
 * Starts the server in a session of its own, so that neither Ctrl-C nor the end of this process reaches it, and waits until it
 * answers. `preferredPort` is what it had before. The caller holds the start lock and knows that none runs.
 */
export async function startPostmaster(layout: Layout, native: string, as: Identity | null, durable: boolean, preferredPort: number | undefined, onRecovery: () => void): Promise<Postmaster> {
  if (socketFolder(layout) !== undefined) await makeOwnFolder(layout.socket, as);
  for (let attempt = 1; attempt <= PORTS_MAX; attempt += 1) {
    const port = attempt === 1 && preferredPort !== undefined ? preferredPort : await freePort();
    const outcome = await launch(layout, native, as, settings(layout, port, durable), onRecovery);
    if (outcome.kind === "up") return outcome.postmaster;
    if (!outcome.portTaken) throw startProblem(outcome.log, layout);
  }
  throw new Problem("db.start-failed", { detail: `${PORTS_MAX} ports between ${PORT_MIN} and ${PORT_MAX} were taken` });
}

/** What the server is told on its command line, where nothing in a file of the data directory can undo it. */
function settings(layout: Layout, port: number, durable: boolean): string[] {
  const values: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: socketFolder(layout) ?? "",
    unix_socket_permissions: "0700",
    password_encryption: "scram-sha-256",
    fsync: durable ? "on" : "off",
    synchronous_commit: durable ? "on" : "off",
    full_page_writes: durable ? "on" : "off",
    max_connections: "200",
    // Short statements only: compiling them costs more than it saves.
    jit: "off",
    // LOG stands above ERROR here: starts, stops, crashes and recovery are logged, a statement that failed is not (its caller has the error).
    log_min_messages: "log",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
    lc_messages: "C",
    cluster_name: "headgate",
  };
  return ["-D", layout.data, ...Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

type Launch = { readonly kind: "up"; readonly postmaster: Postmaster } | { readonly kind: "failed"; readonly portTaken: boolean; readonly log: string };

async function launch(layout: Layout, native: string, as: Identity | null, args: readonly string[], onRecovery: () => void): Promise<Launch> {
  const log = openLog(layout.log);
  const logStart = statSync(layout.log).size;
  let ended = false;
  try {
    const child = spawn(join(native, "bin", "postgres"), args, {
      cwd: "/",
      env: plainEnvironment(),
      detached: true,
      stdio: ["ignore", log, log],
      ...(as === null ? {} : { uid: as.uid, gid: as.gid }),
    });
    child.once("exit", () => {
      ended = true;
    });
    child.once("error", () => {
      ended = true;
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  const postmaster = await waitUntilUp(layout, () => ended, onRecovery);
  if (postmaster !== undefined) return { kind: "up", postmaster };
  const text = readFileSync(layout.log, "utf8").slice(logStart);
  return { kind: "failed", portTaken: text.includes("Address already in use"), log: text };
}

async function waitUntilUp(layout: Layout, hasEnded: () => boolean, onRecovery: () => void): Promise<Postmaster | undefined> {
  const started = performance.now();
  let recovering = false;
  while (performance.now() - started < (recovering ? RECOVERY_TIMEOUT_MS : START_TIMEOUT_MS)) {
    if (hasEnded()) return undefined;
    const postmaster = findPostmaster(layout.data);
    const state = postmaster === undefined || postmaster.port === 0 ? "silent" : await knock(layout, postmaster);
    if (state === "up") return postmaster;
    if (state === "recovering" && !recovering && performance.now() - started > 1_000) {
      recovering = true;
      onRecovery();
    }
    await pause(20);
  }
  return undefined;
}

/** Whether the server answers: refused sign-in counts, because the password is looked at later. */
async function knock(layout: Layout, postmaster: Postmaster): Promise<"up" | "recovering" | "silent"> {
  const client = new pg.Client({ host: socketFolder(layout) ?? "127.0.0.1", port: postmaster.port, user: ROLE, password: "", database: "postgres", connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "up";
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "57P03") return "recovering";
    return classifyFailure(error) === "refused" || classifyFailure(error) === "connection" ? "silent" : "up";
  } finally {
    await client.end().catch(() => undefined);
  }
}

function openLog(path: string): number {
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Why a start failed, from what the server wrote; its last FATAL line is the reason. */
function startProblem(log: string, layout: Layout): Problem {
  const reason = log.split("\n").findLast((line) => /FATAL|PANIC|error while loading/.test(line)) ?? "it ended without a word";
  const detail = `${reason.replace(/^.*(FATAL|PANIC): +/, "")} (log: ${layout.log})`;
  if (log.includes("No space left on device")) return new Problem("state.disk-full", { detail });
  if (log.includes("database files are incompatible with server")) return new Problem("db.other-version", { detail });
  return new Problem("db.start-failed", { detail });
}

async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORTS_MAX; attempt += 1) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    if (await isFree(port)) return port;
  }
  throw new Problem("db.start-failed", { detail: `no free port was found between ${PORT_MIN} and ${PORT_MAX}` });
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Makes Headgate's database on a server that has none. */
export async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

