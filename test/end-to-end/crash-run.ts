import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandomness } from "#kernel";
import type { HeadgateBed, Part } from "../beds/headgate.ts";

/** One job of the run: its file, and what must have come of it whatever was killed meanwhile. */
export type PlannedJob = {
  readonly name: string;
  readonly text: string;
  readonly outcome: "completed" | "failed" | "timeout";
  /** How often each of its tasks may and must have run. */
  readonly runs: number;
  /** Indexes of its tasks; a plain job has one without index. */
  readonly tasks: readonly (number | null)[];
};

type Kind = Pick<PlannedJob, "outcome" | "runs" | "tasks"> & {
  readonly kind: string;
  readonly count: number;
  readonly does: (nth: number) => string;
  readonly also?: string;
};

const ONE = [null];
const FIVE = [0, 1, 2, 3, 4];

/** Fifty jobs: quick ones, ones that are at work when something is killed, ones that fail, arrays, and two that hit their time limit. */
const KINDS: readonly Kind[] = [
  { kind: "true", count: 18, outcome: "completed", runs: 1, tasks: ONE, does: () => "true" },
  { kind: "sleep", count: 12, outcome: "completed", runs: 1, tasks: ONE, does: (nth) => `sleep ${1 + (nth % 3)}` },
  { kind: "fail", count: 9, outcome: "failed", runs: 1, tasks: ONE, does: (nth) => `exit ${1 + nth}` },
  { kind: "retry", count: 4, outcome: "failed", runs: 3, tasks: ONE, does: () => "sleep 0.3; exit 9", also: "retries: { count: 2, on: [failed] }" },
  { kind: "array", count: 5, outcome: "completed", runs: 1, tasks: FIVE, does: () => "sleep 0.5", also: "array: 0-4" },
  { kind: "limit", count: 2, outcome: "timeout", runs: 1, tasks: ONE, does: () => "sleep 600", also: "time_limit: 2s" },
];

/** `folder` is where each task writes one line into a file of its own every time it runs. */
export function planJobs(folder: string): PlannedJob[] {
  return KINDS.flatMap(({ kind, count, does, also, ...rest }) =>
    Array.from({ length: count }, (_, nth) => {
      const name = `${kind}-${nth + 1}`;
      const command = `echo ran >> ${folder}/${name}.$HEADGATE_TASK; ${does(nth)}`;
      const lines = [`name: ${name}`, "project: climate", `command: ${JSON.stringify(command)}`, "resources: { cores: 1, memory: 16M }"];
      if (also?.startsWith("time_limit") !== true) lines.push("time_limit: 60s");
      if (also !== undefined) lines.push(also);
      return { ...rest, name, text: `${lines.join("\n")}\n` };
    }),
  );
}

/** How often a task has run: the lines of its file. */
export function runsOf(folder: string, job: PlannedJob, task: number | null): number {
  try {
    return readFileSync(join(folder, `${job.name}.${task ?? ""}`), "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}

export type Kill = { readonly part: Part; readonly afterMs: number };

/** Twenty kills at random moments, of each part at least six. The same seed gives the same plan. */
export function planKills(seed: number): Kill[] {
  const randomness = seededRandomness(seed);
  const parts: Part[] = Array.from({ length: 20 }, (_, index) => (["server", "worker", "postgres"] as const)[index % 3]!);
  for (let last = parts.length - 1; last > 0; last -= 1) {
    const other = randomness.below(last + 1);
    [parts[last], parts[other]] = [parts[other]!, parts[last]!];
  }
  return parts.map((part) => ({ part, afterMs: 200 + randomness.below(2_000) }));
}

/** A key whose request was being worked on when its server was killed is free again after a minute; then the last kills may still be to come. */
const SUBMIT_MS_MAX = 150_000;

/** Jobs are sent a little apart, so that kills fall before, during and after each step of a job's life. */
const SUBMIT_EVERY_MS = 450;

/** Sends all jobs while others kill. Resolves when each has been taken. */
export async function submitAll(bed: HeadgateBed, jobs: readonly PlannedJob[]): Promise<void> {
  await Promise.all(
    jobs.map(async (job, nth) => {
      await delay(nth * SUBMIT_EVERY_MS);
      await submitSurely(bed, job);
    }),
  );
}

/** What a client does that wants its job taken once: the same key again until there is an answer. */
async function submitSurely(bed: HeadgateBed, job: PlannedJob): Promise<void> {
  const until = performance.now() + SUBMIT_MS_MAX;
  const body = { file: `${job.name}.yaml`, text: job.text };
  let last = "nobody answered";
  while (performance.now() < until) {
    const answer = await bed.call("POST", "/api/v1/jobs", { body, key: `crash-${job.name}`, as: "sarah" }).catch((error: unknown) => {
      last = String(error);
      return null;
    });
    if (answer?.status === 201) return;
    if (answer !== null) last = `${answer.status} ${JSON.stringify(answer.body)}`;
    // 409: the same key is being worked on, or was when its server died. Everything else below 500 is a refusal of the job itself.
    if (answer !== null && answer.status < 500 && answer.status !== 409 && answer.status !== 429) throw new Error(`${job.name} was refused: ${last}`);
    await delay(100);
  }
  throw new Error(`${job.name} was not taken within ${SUBMIT_MS_MAX / 1000} s: ${last}`);
}

/** Kills by plan, and starts again what is gone, as a supervisor of services would. Returns how many of each were really killed. */
export async function killByPlan(bed: HeadgateBed, kills: readonly Kill[]): Promise<Record<Part, number>> {
  const killed = { server: 0, worker: 0, postgres: 0 };
  for (const { part, afterMs } of kills) {
    const until = performance.now() + afterMs;
    while (performance.now() < until) {
      restartWhatIsGone(bed);
      await delay(20);
    }
    // Between two of its lives a part cannot be killed: the next moment at which it is there.
    while (!(await bed.kill(part))) {
      restartWhatIsGone(bed);
      await delay(20);
    }
    killed[part] += 1;
  }
  restartWhatIsGone(bed);
  return killed;
}

function restartWhatIsGone(bed: HeadgateBed): void {
  for (const part of ["server", "worker"] as const) if (!bed.runs(part)) bed.start(part);
}
