import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "#kernel";
import { isAlive, thisProcess, type ProcessIdentity } from "./process-identity.ts";

/**
 * One server to a state folder. The lock is a file made by link(2), which succeeds for one process only and never shows half a file.
 * It names its process; a lock whose process is gone is taken over: it is moved away first, and looked at again where it was moved to,
 * because another starter may have put a fresh one in its place in between.
 */

const LOCK_FILE = "server.lock";

const lockShape = z.object({ pid: z.int().positive(), process_start: z.string().nullable(), boot_id: z.string().nullable(), instance: z.uuid() });

export type StateClaim = {
  readonly identity: ProcessIdentity;
  readonly instance: string;
  /** The instance whose process had died with the lock, so that what it had under way can be freed; null as a rule. */
  readonly previous: string | null;
  release(): Promise<void>;
};

/** Takes the state folder for this process. Throws `server.running` and `state.read-only`. */
export async function claimState(stateFolder: string, instance: string): Promise<StateClaim> {
  const path = join(stateFolder, LOCK_FILE);
  const identity = await thisProcess();
  const text = JSON.stringify({ pid: identity.pid, process_start: identity.start, boot_id: identity.bootId, instance });
  const beside = `${path}.${instance}`;
  try {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    await writeFile(beside, `${text}\n`, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    throw new Problem("state.read-only", { detail: `${stateFolder} cannot be written: ${(cause as Error).message}`, cause });
  }
  try {
    const previous = await takeLock(path, beside);
    return { identity, instance, previous, release: () => releaseLock(path, instance) };
  } finally {
    await rm(beside, { force: true });
  }
}

/** Every round either ends or finds that another starter was quicker; more than a few such rounds are not met. */
const ROUNDS_MAX = 20;

async function takeLock(path: string, beside: string): Promise<string | null> {
  let previous: string | null = null;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (await linked(beside, path)) return previous;
    const found = await readLock(path);
    if (found === "gone") continue;
    if (found !== "damaged" && (await isAlive(found.identity))) throw running(found.identity.pid);
    previous = (await moveAway(path, beside, found)) ?? previous;
  }
  throw new Problem("server.running", { detail: "other servers are starting on the same state folder" });
}

function running(pid: number): Problem {
  return new Problem("server.running", { detail: `process ${pid} already serves this state folder`, facts: { pid } });
}

type FoundLock = { readonly identity: ProcessIdentity; readonly instance: string; readonly text: string };

async function readLock(path: string): Promise<FoundLock | "gone" | "damaged"> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
  try {
    const lock = lockShape.parse(JSON.parse(text));
    return { identity: { pid: lock.pid, start: lock.process_start, bootId: lock.boot_id }, instance: lock.instance, text };
  } catch {
    return "damaged";
  }
}

/** Moves a dead lock away; gives its instance when it was the one that was judged. A fresh one is put back. */
async function moveAway(path: string, beside: string, judged: FoundLock | "damaged"): Promise<string | null> {
  const aside = `${beside}.dead`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const moved = await readLock(aside);
    if (moved === "gone" || moved === "damaged") return null;
    if (judged !== "damaged" && moved.text === judged.text) return moved.instance;
    if (await isAlive(moved.identity)) await linked(aside, path);
    return null;
  } finally {
    await rm(aside, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function releaseLock(path: string, instance: string): Promise<void> {
  const found = await readLock(path);
  if (found !== "gone" && found !== "damaged" && found.instance === instance) await rm(path, { force: true });
}
