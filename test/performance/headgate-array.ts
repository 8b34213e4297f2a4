import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { SLURM_CPUS, SLURM_NODES } from "./slurm-array.ts";

/** As much as Slurm's nodes pretend to have, so that memory holds nobody back on either side. */
const MEMORY_MIB = SLURM_NODES * 64_000;

/** A whole Headgate as users run it, server and worker apart, on its own durable PostgreSQL. */
export async function headgateFor(): Promise<HeadgateBed> {
  const bed = await headgateBed({ cores: SLURM_NODES * SLURM_CPUS, memoryMib: MEMORY_MIB });
  await bed.up();
  // The first job also pays for what is loaded and prepared once.
  await runHeadgateArray(bed, 8);
  return bed;
}

const ARRAY_MS_MAX = 10 * 60_000;

/** Runs an array of `true` and returns tasks per second, from the call of the API until the last task has ended and its money is settled. */
export async function runHeadgateArray(bed: HeadgateBed, tasks: number): Promise<number> {
  const text = `name: bench\nproject: climate\ncommand: ["true"]\narray: 1-${tasks}\nresources: { cores: 1, memory: 16M }\ntime_limit: 10m\n`;
  const key = `bench-${crypto.randomUUID()}`;
  const begun = performance.now();
  const answer = await bed.call("POST", "/api/v1/jobs", { body: { file: "bench.yaml", text }, key, as: "sarah" });
  if (answer.status !== 201) throw new Error(`the array was not taken: ${answer.status} ${JSON.stringify(answer.body)}`);
  const { id } = (answer.body as { job: { id: string } }).job;
  while (performance.now() - begun < ARRAY_MS_MAX) {
    const [job] = await bed.sql<{ settled: boolean; left: number }>(
      "select hold_closed_at is not null and state = 'settled' as settled, tasks - tasks_settled as left from headgate.job where id = $1",
      [id],
    );
    if (job?.settled === true) {
      const rate = (tasks / (performance.now() - begun)) * 1000;
      await expectEverything(bed, id, tasks);
      return rate;
    }
    await delay((job?.left ?? tasks) > tasks / 10 ? 200 : 20);
  }
  throw new Error(`the array did not end within ${ARRAY_MS_MAX / 60_000} minutes`);
}

type Evidence = { processes: number; exits: number; charged: number; journalled: number; ledger: number; folders: string[] };

/** A figure counts only if every task was a process of its own with its exit code, log, journal and charge. Asked by plain SQL. */
async function expectEverything(bed: HeadgateBed, id: string, tasks: number): Promise<void> {
  const [found] = await bed.sql<Evidence>(
    `select
      (select count(distinct (pid, pid_start, boot_id))::integer from headgate.job_attempt where job_id = $1 and pid is not null) as processes,
      (select count(*)::integer from headgate.job_attempt where job_id = $1 and exit_code = 0 and outcome = 'completed') as exits,
      (select count(*)::integer from headgate.job_attempt where job_id = $1 and state = 'settled') as charged,
      (select count(*)::integer from headgate.job_event where job_id = $1 and to_state = 'settled') as journalled,
      (select count(*)::integer from headgate.attempt l join headgate.job j on j.hold_id = l.hold_id::text where j.id = $1) as ledger,
      (select array_agg(folder) from headgate.job_attempt where job_id = $1) as folders`,
    [id],
  );
  if (found === undefined) throw new Error("the job is not in the database");
  const logs = new Set(found.folders.filter((folder) => existsSync(join(folder, "log")))).size;
  const counts = { ...found, folders: undefined, logs };
  const wrong = Object.entries(counts).filter(([, count]) => count !== undefined && count !== tasks);
  if (wrong.length > 0) throw new Error(`of ${tasks} tasks there are ${wrong.map(([what, count]) => `${count} ${what}`).join(", ")}`);
}
