import { JOB_OUTCOMES, type jobRoutes, type JobDetail, type JobSummary, type JobWhy } from "#job/contract";
import { instantToIso, Problem, type Handlers } from "#kernel";
import { dryRun, readSubmission } from "./estimate.ts";
import { addJob, end, ranMs, worstCase, type MockJob } from "./jobs.ts";
import { RATE_TEXT } from "./money.ts";
import { logOf, planFor } from "./seed.ts";
import { accountsOf, findJob, pageOf, SENTINELS, tell, tick, type World } from "./world.ts";

/** Of the mock's sixteen, while what is seeded runs. */
const FREE_CORES = 2;

type JobHandlers = Handlers<Omit<typeof jobRoutes, "watch" | "log" | "quote">>;

/** A job that was submitted here waits and runs this long: time to look, no time to wait. */
const WAITS_MS = 400;
const RUNS_MS = 2500;

export function jobHandlers(world: World): JobHandlers {
  const look = (number: string, person: string): MockJob => findJob(world, number, person);
  return {
    list: async ({ query, person }) => {
      tick(world);
      const mine = accountsOf(world, person.name);
      const wanted = world.jobs
        .map((job) => job.detail)
        .filter((job) => mine.includes(job.project) && matches(job, query))
        .toSorted((a, b) => (b.ended_at ?? b.submitted_at).localeCompare(a.ended_at ?? a.submitted_at));
      return pageOf(
        wanted.map((job) => summaryOf(job, world)),
        query.limit,
        query.cursor,
      );
    },
    show: async ({ params, person }) => ({ ...look(params.job, person.name).detail, elapsed_ms: elapsedOf(look(params.job, person.name), world) }),
    tasks: async ({ params, query, person }) => pageOf(tasksOf(look(params.job, person.name).detail), query.limit, query.cursor),
    events: async ({ params, query, person }) => pageOf(look(params.job, person.name).events, query.limit, query.cursor),
    cost: async ({ params, person }) => costOf(look(params.job, person.name)),
    why: async ({ params, person }) => whyOf(look(params.job, person.name).detail, world),
    estimate: async ({ body, person }) => dryRun(world, body, readSubmission(world, person.name, body)),
    submit: async ({ body, person }) => {
      const read = readSubmission(world, person.name, body);
      const dry = dryRun(world, body, read);
      if (dry.problem !== null) throw new Problem("budget.insufficient", { detail: dry.problem.detail, fix: dry.problem.fix });
      const job = submitAgain(world, person.name, { ...read, plan: planFor(read.code, { startsAfterMs: WAITS_MS, runsMs: RUNS_MS }) });
      return { job: job.detail, estimate: dry.estimate, faults: [] };
    },
    cancel: async ({ params, person }) => {
      const job = look(params.job, person.name);
      if (job.detail.outcome !== null || params.job === SENTINELS.endedJob) throw new Problem("job.ended", { detail: `Job ${params.job} has ended already.` });
      end(job, world.ledger, world.now(), "cancelled", `cancelled by ${person.name}`);
      tell(world);
      return job.detail;
    },
    retry: async ({ params, person }) => {
      const old = look(params.job, person.name);
      if (old.detail.outcome === null) throw new Problem("job.not-ended", { detail: `Job ${params.job} has not ended.` });
      const text = JSON.stringify({ app: old.detail.app, case: old.detail.case, project: old.detail.project, name: old.detail.name });
      const body = { file: "retry", text };
      const read = readSubmission(world, person.name, body);
      const job = submitAgain(world, person.name, { ...read, plan: planFor(read.code, { startsAfterMs: WAITS_MS, runsMs: RUNS_MS }) });
      job.detail.retry_of = old.detail.number;
      return { job: job.detail, estimate: dryRun(world, body, read).estimate, faults: [] };
    },
  };
}

type Again = ReturnType<typeof readSubmission> & { readonly plan: MockJob["plan"] };

function submitAgain(world: World, person: string, read: Again): MockJob {
  const number = String(Math.max(1800, ...world.jobs.map((job) => Number(job.detail.number))) + 1);
  const { code } = read;
  const faster = { ...code, ranMs: RUNS_MS };
  const job = addJob(world.jobs, world.ledger, {
    number,
    person,
    project: read.project,
    app: code.app,
    case: code.case,
    name: read.name,
    cores: read.cores,
    memoryMib: code.memoryMib,
    limitS: read.limitS,
    parameters: read.parameters,
    command: code.command,
    submittedAt: world.now(),
    plan: read.plan,
    log: logOf(faster),
  });
  tell(world);
  return job;
}

function matches(
  job: JobDetail,
  query: {
    readonly state?: string | undefined;
    readonly person?: string | undefined;
    readonly project?: string | undefined;
    readonly app?: string | undefined;
  },
): boolean {
  const states = query.state?.split(",") ?? [];
  const outcomes: readonly string[] = JOB_OUTCOMES;
  const ofState = states.length === 0 || states.some((state) => (outcomes.includes(state) ? job.outcome === state : job.state === state));
  return (
    ofState &&
    (query.person === undefined || job.person === query.person) &&
    (query.project === undefined || job.project === query.project) &&
    (query.app === undefined || job.app === query.app)
  );
}

function elapsedOf(job: MockJob, world: World): number | null {
  return job.detail.started_at === null ? null : ranMs(job, world.now());
}

function summaryOf(job: JobDetail, world: World): JobSummary {
  const owner = world.jobs.find((each) => each.detail.id === job.id);
  return { ...job, elapsed_ms: owner === undefined ? job.elapsed_ms : elapsedOf(owner, world) };
}

function tasksOf(job: JobDetail): JobSummary[] {
  const { array } = job;
  if (array === null) return [];
  return Array.from({ length: array.tasks }, (_unused, index) => {
    const state = index < array.ended ? "settled" : index < array.ended + array.running ? "running" : "queued";
    const outcome = index >= array.ended ? null : index < array.completed ? "completed" : "failed";
    return {
      ...job,
      number: `${job.number}_${index}`,
      task: index,
      array: null,
      state,
      outcome,
      charged: outcome === null ? "0.00" : "0.000121",
      elapsed_ms: outcome === null ? null : 5180 + index * 3,
    };
  });
}

function costOf(job: MockJob) {
  const { detail } = job;
  const settled = detail.state === "settled";
  const lines =
    settled && detail.elapsed_ms !== null
      ? [
          {
            task: null,
            attempt: 1,
            cores: detail.cores,
            elapsed_ms: detail.elapsed_ms,
            charged: detail.charged,
            refunded: "0.00",
            figure: detail.figure,
            formula: `${detail.cores} cores x ${(detail.elapsed_ms / 1000).toFixed(3)} s x $${RATE_TEXT}/core-hour`,
          },
        ]
      : [];
  return {
    job: detail.number,
    project: detail.project,
    unit: "USD" as const,
    reserved: detail.reserved,
    reserved_indirect: "0.00",
    indirect: "0.00",
    reserved_formula: worstCase(detail.cores, detail.time_limit_s),
    exempt: null,
    charged: detail.charged,
    refunded: "0.00",
    returned: detail.returned,
    open: settled ? "0.00" : detail.reserved,
    overrun: "0.00",
    figure: detail.figure,
    settled,
    lines,
  };
}

function whyOf(job: JobDetail, world: World): JobWhy {
  const base = { job: job.number, state: job.state, outcome: job.outcome, looked_at: instantToIso(world.now()), starts_about: null };
  if (job.outcome !== null) return { ...base, headline: job.reason ?? `It ${job.outcome}.`, waits: [] };
  if (job.state === "running") return { ...base, headline: "It runs.", waits: [] };
  const kind = job.dependencies.length > 0 ? "dependency" : job.cores > FREE_CORES ? "cores" : "turn";
  const words = { dependency: job.reason ?? "", cores: `${job.cores} cores: 14 of 16 are busy`, turn: "sarah has used less today" }[kind];
  return {
    ...base,
    headline: `${job.number} waits for 1 thing`,
    waits: [
      { kind, words, ok: false },
      { kind: "budget", words: `no: $${job.reserved} is reserved`, ok: true },
    ],
  };
}
