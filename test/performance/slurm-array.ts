import { setTimeout as delay } from "node:timers/promises";
import { slurmBed, type SlurmBed } from "../beds/slurm/index.ts";

/** As many pretended cores as Headgate's pool gets in the same comparison. */
export const SLURM_NODES = 4;
export const SLURM_CPUS = 32;

export type SlurmSetting = { readonly name: string; readonly accounting: boolean; readonly settings: Readonly<Record<string, string>> };

/**
 * Settings that a site would choose for many short tasks. Which is the fastest differs from machine to machine, so it is found by trying:
 * the peer is always measured at its best.
 */
export const SLURM_SETTINGS: readonly SlurmSetting[] = [
  { name: "without accounting", accounting: false, settings: {} },
  {
    name: "without accounting, lightest process tracking",
    accounting: false,
    settings: { ProctrackType: "proctrack/pgid", JobAcctGatherType: "jobacct_gather/none", SlurmctldDebug: "error", SlurmdDebug: "error" },
  },
  { name: "with accounting", accounting: true, settings: {} },
];

export async function slurmFor(setting: SlurmSetting): Promise<SlurmBed> {
  const bed = await slurmBed({ nodes: SLURM_NODES, cpus: SLURM_CPUS, accounting: setting.accounting, settings: setting.settings });
  // The first job of a fresh cluster also pays for what is loaded once.
  await runSlurmArray(bed, 8);
  return bed;
}

/** A thousand tasks take half a minute; far above that something hangs. */
const ARRAY_MS_MAX = 10 * 60_000;

/**
 * Runs an array of `true` and returns tasks per second, from the call of sbatch until no task is pending, running or completing. Asking costs
 * slurmctld a few milliseconds, so it is asked twice a second while tasks wait, and ten times a second towards the end.
 */
export async function runSlurmArray(bed: SlurmBed, tasks: number): Promise<number> {
  const begun = performance.now();
  const submitted = await bed.run(["sbatch", "--parsable", `--array=1-${tasks}`, "--output=/dev/null", "--wrap=true"]);
  if (submitted.code !== 0) throw new Error(`sbatch: ${submitted.stderr}`);
  const job = submitted.stdout.trim();
  while (performance.now() - begun < ARRAY_MS_MAX) {
    const left = await bed.run(["squeue", "--noheader", `--jobs=${job}`, "--states=PENDING,RUNNING,COMPLETING", "--format=%T"]);
    if (left.code === 0 && left.stdout.trim() === "") {
      const rate = (tasks / (performance.now() - begun)) * 1000;
      await expectCompleted(bed, job, tasks);
      return rate;
    }
    await delay(left.stdout.includes("PENDING") ? 500 : 100);
  }
  throw new Error(`the array did not end within ${ARRAY_MS_MAX / 60_000} minutes`);
}

/** A figure counts only if every task really completed. */
async function expectCompleted(bed: SlurmBed, job: string, tasks: number): Promise<void> {
  const { stdout } = await bed.run(["scontrol", "--oneliner", "show", "job", job]);
  const completed = [...stdout.matchAll(/JobState=COMPLETED/g)].length;
  if (completed !== tasks) throw new Error(`${completed} of ${tasks} tasks of Slurm's array completed`);
}
