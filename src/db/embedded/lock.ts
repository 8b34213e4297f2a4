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
  /** Whether no other process (and no other use in this process) is using the server now. Ask it under the start lock. */
  isLast(): Promise<boolean>;
};

const USE_TIMEOUT_MS = 10_000;

export async function markUse(path: string): Promise<Use> {
  const descriptor = openLockFile(path);
  let open = true;
  const release = () => {
    if (open) closeSync(descriptor);
    open = false;
  };
  try {
    // Nobody holds it exclusively except for the moment of isLast(), under the start lock that our caller holds.
    if (!(await flock(descriptor, ["--shared", "--nonblock"], USE_TIMEOUT_MS))) throw new Problem("db.locked", { detail: `${path} is locked by another program` });
  } catch (error) {
    release();
    throw error;
  }
  return { release, isLast: () => flock(descriptor, ["--exclusive", "--nonblock"], USE_TIMEOUT_MS) };
}
