/**
 * npm run bench:jobs: how many short jobs a second Headgate runs, durably and paid for, as a ratio to a real slurmctld on the same machine in the
 * same run. Both get an array of `true` and as many pretended cores; both clocks run from the submission until the last task has ended. Slurm
 * is measured in the fastest of its settings here, and without an accounting that would keep what Headgate keeps.
 *
 * --tasks N (default 1000), --rounds N (default 3); --smoke runs everything once with few tasks, to see that it works.
 */
import { parseArgs } from "node:util";
import type { HeadgateBed } from "../beds/headgate.ts";
import { slurmMissing, type SlurmBed } from "../beds/slurm/index.ts";
import { headgateFor, runHeadgateArray } from "./headgate-array.ts";
import { runSlurmArray, SLURM_CPUS, SLURM_NODES, SLURM_SETTINGS, slurmFor, type SlurmSetting } from "./slurm-array.ts";

type Plan = { readonly tasks: number; readonly rounds: number; readonly trialTasks: number; readonly settings: readonly SlurmSetting[] };

function plan(): Plan {
  const { values } = parseArgs({
    options: { tasks: { type: "string", default: "1000" }, rounds: { type: "string", default: "3" }, smoke: { type: "boolean", default: false } },
  });
  if (values.smoke) return { tasks: 30, rounds: 1, trialTasks: 0, settings: SLURM_SETTINGS.slice(0, 1) };
  return { tasks: Number(values.tasks), rounds: Number(values.rounds), trialTasks: Number(values.tasks), settings: SLURM_SETTINGS };
}

/** The setting in which Slurm is fastest on this machine. */
async function fastest({ settings, trialTasks }: Plan): Promise<SlurmSetting> {
  let best = { setting: settings[0]!, rate: 0 };
  for (const setting of settings.length === 1 ? [] : settings) {
    const bed = await slurmFor(setting);
    const rate = await tryOut(bed, trialTasks);
    console.log(`slurm ${setting.name}: ${rate.toFixed(1)} tasks/s with ${trialTasks} tasks`);
    if (rate > best.rate) best = { setting, rate };
  }
  return best.setting;
}

async function tryOut(bed: SlurmBed, tasks: number): Promise<number> {
  try {
    return await runSlurmArray(bed, tasks);
  } finally {
    await bed.down();
  }
}

async function measure(slurm: SlurmBed, headgate: HeadgateBed, { tasks, rounds }: Plan): Promise<{ slurm: number[]; headgate: number[] }> {
  const rates: { slurm: number[]; headgate: number[] } = { slurm: [], headgate: [] };
  for (let round = 1; round <= rounds; round += 1) {
    rates.slurm.push(await runSlurmArray(slurm, tasks));
    rates.headgate.push(await runHeadgateArray(headgate, tasks));
    console.log(`round ${round}: slurm ${rates.slurm.at(-1)!.toFixed(1)} tasks/s, headgate ${rates.headgate.at(-1)!.toFixed(1)} tasks/s`);
  }
  return rates;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function main(): Promise<number> {
  const missing = slurmMissing();
  if (missing !== null) {
    console.error(`${missing}; npm test installs what is needed`);
    return 1;
  }
  const wanted = plan();
  const setting = await fastest(wanted);
  const slurm = await slurmFor(setting);
  console.log(
    `${wanted.tasks} tasks of true; slurm ${slurm.version} ${setting.name}, ${SLURM_NODES} nodes of ${SLURM_CPUS} pretended CPUs; headgate with as many cores`,
  );
  try {
    const headgate = await headgateFor();
    try {
      const rates = await measure(slurm, headgate, wanted);
      const [ours, theirs] = [median(rates.headgate), median(rates.slurm)];
      console.log(`every task of headgate has a process, exit code, log, journal and charge of its own`);
      console.log(`median: slurm ${theirs.toFixed(1)} tasks/s, headgate ${ours.toFixed(1)} tasks/s`);
      console.log(`jobs_vs_slurm: ${(ours / theirs).toFixed(2)}`);
      return 0;
    } finally {
      await headgate.down();
    }
  } finally {
    await slurm.down();
  }
}

process.exitCode = await main();
