import { setTimeout as pause } from "node:timers/promises";
import { budgetRoutes, type AccountView } from "#budget/contract";
import { jobRoutes, type JobCost, type JobDetail, type SubmittedJob } from "#job/contract";
import { formatDuration, milliseconds, Problem } from "#kernel";
import type { Client } from "./client.ts";
import { money, span } from "./format.ts";
import { checkWords } from "./job-text.ts";
import type { Output } from "./output.ts";
import { bar, type Progress } from "./progress.ts";

/** What the demonstration runs: one case of an app, for a person, on a project. */
export type DemonstrationJob = {
  readonly app: string;
  readonly case: string;
  readonly person: string;
  readonly project: string;
  readonly cores: number | null;
  readonly timeLimitS: number | null;
};

export type DemonstrationPorts = {
  /** The server, asked in the person's name. */
  readonly client: Client;
  readonly output: Output;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Whether to wait for the result however long other jobs take the machine; else only for a moment. */
  readonly patient: boolean;
};

/** What was run and what it came to, for -o json. */
export type Demonstrated = { readonly job: JobDetail; readonly cost: JobCost; readonly account: AccountView };

/** The job is looked at this often; it takes seconds, and the wait between looks is the error of what is shown, not of what is charged. */
const LOOK_EVERY_MS = 200;

/** A free machine starts a job within a second; whoever waits longer for it waits for others. */
const QUEUE_MS_MAX = 15_000;

/** Sends one simulation down the main road and tells each step: estimate, reservation, run, result, charge, what is left. Null when it waits for other jobs. */
export async function demonstrate(ports: DemonstrationPorts, ask: DemonstrationJob): Promise<Demonstrated | null> {
  const { client, output } = ports;
  output.note(`\nRunning ${ask.app}/${ask.case} for ${ask.person} on project ${ask.project}\n`);
  const submitted = await client.call(jobRoutes.submit, { body: { file: "demonstration.json", text: jobText(ask) } }, "demonstration");
  tellSubmitted(ports, submitted);
  const job = await untilSettled(ports, submitted.job);
  if (job === null) return null;
  const cost = await client.call(jobRoutes.cost, { params: { job: job.number } });
  const account = await client.call(budgetRoutes.showAccount, { params: { name: ask.project } });
  tellEnd(ports, job, cost, account);
  return { job, cost, account };
}

function jobText(ask: DemonstrationJob): string {
  return JSON.stringify({
    app: ask.app,
    case: ask.case,
    project: ask.project,
    ...(ask.cores === null ? {} : { resources: { cores: ask.cores } }),
    ...(ask.timeLimitS === null ? {} : { time_limit: `${ask.timeLimitS}s` }),
  });
}

function tellSubmitted({ progress }: DemonstrationPorts, { job, estimate }: SubmittedJob): void {
  if (job.state === "refused") throw new Problem("budget.insufficient", { detail: job.reason ?? `job ${job.number} was refused` });
  const range = estimate.low_ms === null || estimate.high_ms === null ? "run time not known" : `${span(estimate.low_ms, estimate.high_ms)} on this machine`;
  const expected = estimate.expected === null ? "" : `, about ${money(estimate.expected, estimate.unit)}`;
  progress.done("estimate", `${range}${expected}, at most ${money(estimate.at_most, estimate.unit)}   ${estimate.runtime_basis}`);
  progress.done("reserved", `${money(job.reserved, job.unit)}   = ${estimate.formula}`);
}

/** Follows the job to its end. Never longer than its time limit and a margin: whoever waits for ever tells nothing. */
async function untilSettled(ports: DemonstrationPorts, submitted: JobDetail): Promise<JobDetail | null> {
  const { client, progress, signal } = ports;
  const params = { job: submitted.number };
  const begun = performance.now();
  const patienceMs = (submitted.time_limit_s + 120) * 1000;
  let job = submitted;
  progress.brief("running", () => (job.started_at === null ? (job.reason === null ? "starts" : `waits: ${job.reason}`) : runningWords(job)));
  try {
    for (;;) {
      job = await client.call(jobRoutes.show, { params });
      if (job.state === "settled" || job.state === "refused") break;
      const waitedMs = performance.now() - begun;
      if (!ports.patient && job.started_at === null && waitedMs > QUEUE_MS_MAX) return await tellWaiting(ports, job);
      if (waitedMs > patienceMs)
        throw new Problem("timeout", {
          detail: `job ${job.number} is still ${job.state} after ${Math.round(patienceMs / 1000)} s`,
          fix: `headgate job why ${job.number} says why.`,
        });
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
        throw new Problem("interrupted", {
          detail: `stopped while job ${job.number} was ${job.state}`,
          fix: "The next start finds it again and charges it once.",
        });
      });
    }
  } finally {
    progress.end();
  }
  progress.done("running", `${bar(1)}  ${formatDuration(milliseconds(job.elapsed_ms ?? 0))}   job ${job.number}`);
  return job;
}

/** Other jobs have the machine: it goes on without us. */
async function tellWaiting({ client, output, progress }: DemonstrationPorts, job: JobDetail): Promise<null> {
  const { headline, waits } = await client.call(jobRoutes.why, { params: { job: job.number } });
  const reasons = waits.filter((wait) => !wait.ok).map((wait) => wait.words);
  progress.done("waiting", reasons.length === 0 ? headline : reasons.join("; "));
  output.note(`  Job ${job.number} starts when there is room:  headgate job why ${job.number}\n\n`);
  return null;
}

function runningWords(job: JobDetail): string {
  const elapsedMs = job.elapsed_ms ?? 0;
  return `${bar(elapsedMs / (job.time_limit_s * 1000))}  ${formatDuration(milliseconds(elapsedMs))} of at most ${formatDuration(milliseconds(job.time_limit_s * 1000))}`;
}

function tellEnd({ progress, output }: DemonstrationPorts, job: JobDetail, cost: JobCost, account: AccountView): void {
  const { style } = output.noteView;
  for (const check of job.checks) progress.done(check.name.replaceAll("_", " "), checkWords(check, style));
  if (job.outcome !== "completed") progress.done("outcome", `${job.outcome ?? job.state}${job.reason === null ? "" : `: ${job.reason}`}`);
  progress.done("charged", `${money(cost.charged, cost.unit)}   returned ${money(cost.returned, cost.unit)}`);
  progress.done(account.name, `${money(account.can_commit, account.unit)} left of ${money(account.allocated, account.unit)}`);
  output.note("\n");
}
