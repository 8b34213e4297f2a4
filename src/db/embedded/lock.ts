import { closeSync, openSync } from "node:fs";
import { Problem } from "#kernel";
import { runCommand } from "./command.ts";
import { fileProblem } from "./files.ts";

export type Lock = { release(): void };

/**
 * Locks are flock(2) on an open file: the kernel lets go when the process ends in whatever way, so no lock is ever stale and no
 * pid in a file has to be believed. Node cannot call flock; flock(1) of util-linux does it on a descriptor that it inherits from us,
 * and the lock stays with our descriptor when it has ended. PostgreSQL does not inherit it (Node opens with O_CLOEXEC).
 */
async function flock(descriptor: number, args: readonly string[], timeoutMs: number): Promise<boolean> {
  const { code, output } = await runCommand("flock", [...args, "3"], { timeoutMs, inherit: [descriptor] });
  if (code === 0) return true;
  if (code === 1) return false;
  throw new Problem("db.platform", { detail: `the program flock (util-linux) cannot be used: ${output}`, fix: "Install util-linux, or set DATABASE_URL." });
}

function openLockFile(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Waits until nobody else starts or stops the server of this folder. Throws Problem `db.locked` when that takes longer. */
export async function lockStart(path: string, waitSeconds: number): Promise<Lock> {
  const descriptor = openLockFile(path);
  try {
    if (await flock(descriptor, ["--exclusive", "--wait", String(waitSeconds)], (waitSeconds + 10) * 1000)) return { release: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  throw new Problem("db.locked", { detail: `another process has been starting or stopping the database for ${waitSeconds} s (${path})` });
}

/** The sign that this process uses the server; every user holds one, and the kernel takes it back when its process ends. */
export type Use = Lock & {
  /** Whether nobody else (no other process, no other use in this one) uses the server now. Ask it under the start lock. */
  isAlone(): Promise<boolean>;
};

const USE_TIMEOUT_MS = 10_000;

/** The caller holds the start lock. */
export async function markUse(path: string): Promise<Use> {
  const descriptor = openLockFile(path);
  let open = true;
  const release = () => {
    if (open) closeSync(descriptor);
    open = false;
  };
  // Exclusive holders exist only within isAlone, under the start lock; so this never waits.
  const share = async () => {
    if (!(await flock(descriptor, ["--shared", "--nonblock"], USE_TIMEOUT_MS)))
      throw new Problem("db.locked", { detail: `${path} is locked by another program` });
  };
  const isAlone = async () => {
    // A conversion that fails loses the lock that was held (flock(2)), one that succeeds must not stay exclusive.
    const alone = await flock(descriptor, ["--exclusive", "--nonblock"], USE_TIMEOUT_MS);
    await share();
    return alone;
  };
  try {
    await share();
  } catch (error) {
    release();
    throw error;
  }
  return { release, isAlone };
}
