import { closeSync, fchownSync, fstatSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "#kernel";
import { runCommand } from "./command.ts";
import { fileProblem } from "./files.ts";

export type Lock = { release(): void };

/**
 * Locks are flock(2) on an open file: the kernel lets go when the process ends in whatever way, so no lock is ever stale and no
 * pid in a file has to be believed. Node cannot call flock; flock(1) of util-linux does it on a descriptor that it inherits from us,
 * and the lock stays with our descriptor when it has ended. PostgreSQL does not inherit it (Node opens with O_CLOEXEC).
 *
 * Who lets go takes the file along, so that nothing lies about when nothing runs. Only a holder may do that; and who gets the lock of a
 * file that its last holder has taken along meanwhile holds nothing, and begins again with a new file.
 */
async function flock(descriptor: number, args: readonly string[], timeoutMs: number): Promise<boolean> {
  const { code, output } = await runCommand("flock", [...args, "3"], { timeoutMs, inherit: [descriptor] });
  if (code === 0) return true;
  if (code === 1) return false;
  throw new Problem("db.platform", { detail: `the program flock (util-linux) cannot be used: ${output}`, fix: "Install util-linux, or set DATABASE_URL." });
}

function openLockFile(path: string): number {
  try {
    const descriptor = openSync(path, "a", 0o600);
    leaveToFolderOwner(descriptor, path);
    return descriptor;
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** Root works in the folder of an ordinary user, too; a file of root's that it left there when it was killed would lock that user out. */
function leaveToFolderOwner(descriptor: number, path: string): void {
  if (process.getuid?.() !== 0) return;
  const folder = statSync(dirname(path));
  if (fstatSync(descriptor).uid !== folder.uid) fchownSync(descriptor, folder.uid, folder.gid);
}

/** Whether the path still names the file that is open. */
function isInPlace(descriptor: number, path: string): boolean {
  const [open, named] = [fstatSync(descriptor), statSync(path, { throwIfNoEntry: false })];
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

/** The caller holds the lock alone. Where the file cannot be removed it stays, which harms nobody. */
function removeLockFile(descriptor: number, path: string): void {
  try {
    if (isInPlace(descriptor, path)) rmSync(path, { force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS" && code !== "ENOTDIR") throw error;
  }
}

/** Waits until nobody else starts or stops the server of this folder. Throws Problem `db.locked` when that takes longer. */
export async function lockStart(path: string, waitSeconds: number): Promise<Lock> {
  const until = performance.now() + waitSeconds * 1000;
  for (;;) {
    const descriptor = openLockFile(path);
    let held = false;
    try {
      const seconds = Math.max(1, until - performance.now()) / 1000;
      if (!(await flock(descriptor, ["--exclusive", "--wait", seconds.toFixed(3)], (seconds + 10) * 1000)))
        throw new Problem("db.locked", { detail: `another process has been starting or stopping the database for ${waitSeconds} s (${path})` });
      held = isInPlace(descriptor, path);
    } finally {
      if (!held) closeSync(descriptor);
    }
    if (!held) continue;
    return {
      release: () => {
        removeLockFile(descriptor, path);
        closeSync(descriptor);
      },
    };
  }
}

/** The sign that this process uses the server; every user holds one, and the kernel takes it back when its process ends. */
export type Use = {
  /** Whether nobody else (no other process, no other use in this one) uses the server now. Ask it under the start lock. */
  isAlone(): Promise<boolean>;
  /** Ends the use, under the start lock. Repeating it is harmless. */
  release(): Promise<void>;
};

const USE_TIMEOUT_MS = 10_000;

/** The caller holds the start lock. */
export async function markUse(path: string): Promise<Use> {
  const descriptor = openLockFile(path);
  let open = true;
  const close = () => {
    if (open) closeSync(descriptor);
    open = false;
  };
  const takeAlone = () => flock(descriptor, ["--exclusive", "--nonblock"], USE_TIMEOUT_MS);
  // Exclusive holders exist only within isAlone and release, under the start lock; so this never waits.
  const share = async () => {
    if (!(await flock(descriptor, ["--shared", "--nonblock"], USE_TIMEOUT_MS)))
      throw new Problem("db.locked", { detail: `${path} is locked by another program` });
  };
  const isAlone = async () => {
    // A conversion that fails loses the lock that was held (flock(2)), one that succeeds must not stay exclusive.
    const alone = await takeAlone();
    await share();
    return alone;
  };
  const release = async () => {
    if (!open) return;
    try {
      if (await takeAlone()) removeLockFile(descriptor, path);
    } finally {
      close();
    }
  };
  try {
    await share();
  } catch (error) {
    close();
    throw error;
  }
  return { release, isAlone };
}
