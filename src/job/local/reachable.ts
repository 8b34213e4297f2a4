import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "#kernel";
import type { RunAs } from "./environment.ts";

/** Passing through without looking in: what lies in the state folder keeps its own modes, and is of no use by name. */
const PASS_THROUGH = 0o111;

/**
 * Lets the account that jobs run as come to their working folders. The state folder and its `jobs` are opened for passing through; what lies above is
 * not ours to open. Throws `config.invalid` when something there bars the way.
 */
export async function makeReachable(stateFolder: string, runAs: RunAs): Promise<void> {
  const jobs = join(stateFolder, "jobs");
  await mkdir(jobs, { recursive: true });
  for (const folder of [jobs, stateFolder]) await chmod(folder, ((await stat(folder)).mode & 0o7777) | PASS_THROUGH);
  for (let folder = dirname(stateFolder); folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) !== 0) continue;
    throw new Problem("config.invalid", {
      detail: `jobs are to run as ${runAs.name}, who cannot pass through ${folder} to their folders`,
      fix: `Choose a state folder elsewhere (HEADGATE_STATE=/var/lib/headgate), or let others pass: chmod o+x ${folder}.`,
    });
  }
}
