import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "#kernel";

/** A server that runs on our data directory, as its postmaster.pid tells. */
export type Postmaster = { readonly pid: number; readonly port: number };

/**
 * The server of a data directory, if one runs. The pid in postmaster.pid is believed only when that process is a PostgreSQL that
 * has this very directory as its working directory (which a postmaster always has): after a crash the pid may be anybody's.
 */
export function findPostmaster(data: string): Postmaster | undefined {
  const file = readPidFile(data);
  return file !== undefined && worksIn(file.pid, data) ? file : undefined;
}

/** Whether that very process still runs on that directory. */
export function worksIn(pid: number, data: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data) && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("postgres");
  } catch {
    return false;
  }
}

/** postmaster.pid, line by line (PostgreSQL 18, pidfile.h): pid, data directory, start time, port, socket directory, address, shared memory, status. */
function readPidFile(data: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return Number.isInteger(pid) && pid > 1 ? { pid, port: Number.isInteger(port) ? port : 0 } : undefined;
  } catch {
    return undefined;
  }
}

/** Processes of a killed server see that it is gone within milliseconds; one in the middle of a long computation does not look. */
const ORPHANS_PATIENCE_MS = 2_000;
/** A process that waits for a disk does not even die. */
const ORPHANS_WAIT_MS = 30_000;

/**
 * Clears the way for a start after a crash. A server that runs but has lost its postmaster.pid cannot be used (its port stands there
 * alone, and within a minute it ends itself): it is stopped. Then the processes of a dead server must be gone: a new one beside them
 * would destroy the data. (They may be killed: the recovery that follows is the same.) Only then may a postmaster.pid go whose pid
 * belongs to some other program now; PostgreSQL itself would refuse to start.
 */
export async function clearAfterCrash(data: string): Promise<void> {
  for (const pid of workers(data).filter((worker) => isPostmaster(worker, data))) await stopPostmaster(pid, data);
  const started = performance.now();
  for (let orphans = workers(data); orphans.length > 0; orphans = workers(data)) {
    const waited = performance.now() - started;
    if (waited > ORPHANS_WAIT_MS) {
      throw new Problem("db.start-failed", {
        detail: `processes of the earlier server still run on ${data}: ${orphans.join(", ")}`,
        fix: "Wait until they are gone, or end them, then start again.",
      });
    }
    if (waited > ORPHANS_PATIENCE_MS) orphans.forEach((pid) => sendSignal(pid, "SIGKILL"));
    await pause(20);
  }
  const file = readPidFile(data);
  if (file !== undefined && isAlive(file.pid)) await rm(join(data, "postmaster.pid"), { force: true });
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself since it was seen.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A postmaster keeps its command line; the processes that it starts give themselves titles. */
function isPostmaster(pid: number, data: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words[words.indexOf("-D") + 1] === data;
  } catch {
    return false;
  }
}

function workers(data: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => worksIn(pid, data));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Waits until the process is gone; false when it is not after `timeoutMs`. */
export async function waitGone(pid: number, data: string, timeoutMs: number): Promise<boolean> {
  const started = performance.now();
  while (worksIn(pid, data)) {
    if (performance.now() - started > timeoutMs) return false;
    await pause(10);
  }
  return true;
}

/** Fast shutdown: open transactions are rolled back, everything committed is written. */
const FAST_MS = 30_000;
/** Immediate shutdown: like a crash, mended at the next start. */
const IMMEDIATE_MS = 10_000;

/** Stops a server. Throws Problem `db.stop-failed` when even an immediate shutdown does not end it. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  for (const [signal, timeoutMs] of [
    ["SIGINT", FAST_MS],
    ["SIGQUIT", IMMEDIATE_MS],
  ] as const) {
    if (!worksIn(pid, data)) return;
    sendSignal(pid, signal);
    if (await waitGone(pid, data, timeoutMs)) return;
  }
  throw new Problem("db.stop-failed", { detail: `process ${pid} on ${data} does not end` });
}
