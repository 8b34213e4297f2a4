import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "#kernel";
import { knock, socketFolder } from "./address.ts";
import { plainEnvironment } from "./command.ts";
import { fileProblem, makeOwnFolder } from "./files.ts";
import type { Layout, Site } from "./layout.ts";
import { freePort, PORTS_TRIED_MAX } from "./ports.ts";
import { findPostmaster, type Postmaster } from "./postmaster.ts";

/** The log is kept in two files, each of about this size before a start turns it over. */
const LOG_BYTES_MAX = 1024 * 1024;

/** Of the log, as much is read as one start can have written. */
const LOG_TAIL_BYTES = 64 * 1024;

/** Long enough for a loaded machine to start a healthy server. */
const START_TIMEOUT_MS = 60_000;
/** Crash recovery replays what was written since the last checkpoint, at most about max_wal_size (1 GB); a slow disk takes minutes. */
const RECOVERY_TIMEOUT_MS = 600_000;
/** A start that takes longer than this is told as a recovery. */
const RECOVERY_TOLD_MS = 1_000;
const KNOCK_EVERY_MS = 15;

/**
 * Starts the server in a session of its own, so that neither Ctrl-C nor the end of this process reaches it, and waits until it
 * answers. `preferredPort` is the one it had before. The caller holds the start lock and knows that none runs.
 */
export async function startPostmaster(site: Site, preferredPort: number | undefined, onRecovery: () => void): Promise<Postmaster> {
  const { layout, as } = site;
  if (socketFolder(layout) !== undefined) await makeOwnFolder(layout.socket, as);
  for (let attempt = 1; attempt <= PORTS_TRIED_MAX; attempt += 1) {
    const port = attempt === 1 && preferredPort !== undefined ? preferredPort : await freePort();
    const outcome = await launch(site, port, onRecovery);
    if (outcome.kind === "up") return outcome.postmaster;
    if (!outcome.portTaken) throw startProblem(outcome.log, layout);
  }
  throw new Problem("db.start-failed", { detail: `${PORTS_TRIED_MAX} ports were taken one after another while PostgreSQL started` });
}

/** What the server is told on its command line, where nothing in a file of the data directory can undo it. */
function settings({ layout, durable }: Site, port: number): string[] {
  const safe = durable ? "on" : "off";
  const values: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: socketFolder(layout) ?? "",
    unix_socket_permissions: "0700",
    password_encryption: "scram-sha-256",
    fsync: safe,
    full_page_writes: safe,
    // Also where fsync is off: then a commit survives the end of the server, though not of the machine.
    synchronous_commit: "on",
    // Server, worker and terminal with ten connections each, and a test run with a pool for each file.
    max_connections: "200",
    // Short statements only: compiling them costs more than it saves.
    jit: "off",
    // LOG stands above ERROR here: starts, stops, crashes and recovery are logged; a statement that failed is its caller's to report.
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

async function launch(site: Site, port: number, onRecovery: () => void): Promise<Launch> {
  const { layout, as, native } = site;
  const log = openLog(layout.log);
  const logStart = fstatSync(log).size;
  let failure: string | undefined;
  try {
    const child = spawn(join(native, "bin", "postgres"), settings(site, port), {
      cwd: "/",
      env: plainEnvironment(),
      detached: true,
      stdio: ["ignore", log, log],
      ...(as === null ? {} : { uid: as.uid, gid: as.gid }),
    });
    child.once("exit", () => {
      failure ??= "";
    });
    child.once("error", (error) => {
      failure ??= error.message;
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  const postmaster = await waitUntilUp(layout, () => failure !== undefined, onRecovery);
  if (postmaster !== undefined) return { kind: "up", postmaster };
  const text = `${failure ?? ""}${readFileSync(layout.log).subarray(logStart).subarray(-LOG_TAIL_BYTES).toString("utf8")}`;
  return { kind: "failed", portTaken: text.includes("Address already in use"), log: text };
}

/** Waits until the server of this place answers; undefined when it ended, or does not answer in time. */
export async function waitUntilUp(layout: Layout, hasEnded: () => boolean, onRecovery: () => void): Promise<Postmaster | undefined> {
  const started = performance.now();
  let recovering = false;
  for (;;) {
    if (hasEnded()) return undefined;
    const postmaster = findPostmaster(layout.data);
    const state = postmaster === undefined || postmaster.port === 0 ? "silent" : await knock(layout, postmaster);
    if (state === "up") return postmaster;
    const waited = performance.now() - started;
    if (state === "starting" && !recovering && waited > RECOVERY_TOLD_MS) {
      recovering = true;
      onRecovery();
    }
    if (waited > (recovering ? RECOVERY_TIMEOUT_MS : START_TIMEOUT_MS)) return undefined;
    await pause(KNOCK_EVERY_MS);
  }
}

function openLog(path: string): number {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Why a start failed, from what the server wrote; its last FATAL line is the reason. */
function startProblem(log: string, layout: Layout): Problem {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const reason = lines.findLast((line) => /FATAL|PANIC|error while loading/.test(line)) ?? lines.at(-1) ?? "it did not answer in time";
  const detail = `PostgreSQL on ${layout.data}: ${reason.replace(/^.*(FATAL|PANIC): +/, "")} (log: ${layout.log})`;
  if (log.includes("No space left on device") || log.includes("Disk quota exceeded")) return new Problem("state.disk-full", { detail });
  if (log.includes("Read-only file system") || /could not (access|open|create|write).*: Permission denied/.test(log))
    return new Problem("state.read-only", { detail });
  if (log.includes("database files are incompatible with server")) return new Problem("db.other-version", { detail });
  return new Problem("db.start-failed", { detail });
}
