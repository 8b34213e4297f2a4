import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "#kernel";
import { isAlive, thisProcess, type ProcessIdentity } from "./process-identity.ts";

/**
 * One server to a state folder.
 *
 * A claim is a file `server.lock.<n>` made by link(2), which succeeds for one process only and never shows half a file; it names its
 * process. Who finds a living claim goes away. Who finds none, or only those of processes that are gone, takes the number after the
 * highest: of any number of starters one gets it, the others look again and find it living. A starter that was stopped for a long while
 * between looking and taking may still get a number that has become free meanwhile, so everybody looks once more after taking, and
 * steps back when another living claim is there. So two never serve; at the very worst neither does, and both say so.
 */

const CLAIM = /^server\.lock\.(\d{1,9})$/;

const claimShape = z.object({ pid: z.int().positive(), process_start: z.string().nullable(), boot_id: z.string().nullable(), instance: z.uuid() });

export type StateClaim = {
  readonly identity: ProcessIdentity;
  readonly instance: string;
  /** The instance whose process had died with its claim, so that what it had under way can be freed; null as a rule. */
  readonly previous: string | null;
  release(): Promise<void>;
};

/** Takes the state folder for this process. Throws `server.running`, `state.read-only` and `state.disk-full`. */
export async function claimState(stateFolder: string, instance: string): Promise<StateClaim> {
  const identity = await thisProcess();
  const text = JSON.stringify({ pid: identity.pid, process_start: identity.start, boot_id: identity.bootId, instance });
  const beside = join(stateFolder, `server.claim.${instance}`);
  try {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    await writeFile(beside, `${text}\n`, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new Problem((cause as NodeJS.ErrnoException).code === "ENOSPC" ? "state.disk-full" : "state.read-only", {
      detail: `${stateFolder} cannot be written: ${(cause as Error).message}`,
      cause,
    });
  }
  try {
    const { path, previous } = await takeNumber(stateFolder, beside, instance);
    return { identity, instance, previous, release: () => rm(path, { force: true }) };
  } finally {
    await rm(beside, { force: true });
  }
}

/** Every round either ends or finds that another starter was quicker; more than a few such rounds are not met. */
const ROUNDS_MAX = 20;

async function takeNumber(folder: string, beside: string, instance: string): Promise<{ path: string; previous: string | null }> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = await livingOrDead(folder, instance);
    const path = join(folder, `server.lock.${Math.max(0, ...before.dead.map(({ number }) => number)) + 1}`);
    if (!(await linked(beside, path))) continue;
    try {
      const after = await livingOrDead(folder, instance);
      for (const dead of after.dead) await rm(dead.path, { force: true });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, previous: before.dead.toSorted((a, b) => b.number - a.number)[0]?.instance ?? null };
  }
  throw new Problem("server.running", { detail: "other servers are starting on the same state folder" });
}

type Claim = { readonly path: string; readonly number: number; readonly instance: string | null };

/** The claims of processes that are gone. Throws `server.running` when there is a living one that is not our own. */
async function livingOrDead(folder: string, own: string): Promise<{ dead: Claim[] }> {
  const dead: Claim[] = [];
  for (const name of await readdir(folder)) {
    const number = CLAIM.exec(name)?.[1];
    if (number === undefined) continue;
    const path = join(folder, name);
    const found = await readClaim(path);
    if (found === "gone" || (found !== "damaged" && found.instance === own)) continue;
    if (found !== "damaged" && (await isAlive(found.identity))) {
      throw new Problem("server.running", { detail: `process ${found.identity.pid} already serves this state folder`, facts: { pid: found.identity.pid } });
    }
    dead.push({ path, number: Number(number), instance: found === "damaged" ? null : found.instance });
  }
  return { dead };
}

async function readClaim(path: string): Promise<{ identity: ProcessIdentity; instance: string } | "gone" | "damaged"> {
  try {
    const claim = claimShape.parse(JSON.parse(await readFile(path, "utf8")));
    return { identity: { pid: claim.pid, start: claim.process_start, bootId: claim.boot_id }, instance: claim.instance };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "damaged";
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
