import { z } from "zod";
import { defineRoute, type Routes } from "#kernel";
import { quoteDays, quoteId, quoteView } from "#budget/contract";
export { machineRoutes, type Machine } from "./machine-contract.ts";
import { amountShape, costShape, figureShape, unitShape } from "./cost-contract.ts";
export { orphanRoutes } from "./orphan/contract.ts";

/** Shapes of jobs on the wire. Money is decimal text beside its unit, instants are RFC 3339 in UTC, lengths carry their unit in the name. */

/**
 * The life of a job. `submitted` is written down but not yet paid for; `refused` never ran and holds nothing; `ended` has an outcome, and
 * `settled` has an outcome and its money is right. An array shows the state of its least finished tasks.
 */
export const JOB_STATES = ["submitted", "refused", "queued", "waiting", "starting", "running", "ended", "settled"] as const;

/** How a task ended. `failed` includes an exit code of 0 whose results did not pass the app's checks. */
export const JOB_OUTCOMES = ["completed", "failed", "timeout", "cancelled", "out-of-memory", "lost", "dependency-failed"] as const;

/** What a job may be run again for. */
export const RETRY_CAUSES = ["failed", "timeout", "lost"] as const;

export const jobStateShape = z.enum(JOB_STATES);
export const jobOutcomeShape = z.enum(JOB_OUTCOMES);
const instantShape = z.iso.datetime();

/** `1841`, or `1841_7` for one task of an array. */
export const JOB_REFERENCE = /^[1-9]\d{0,17}(?:_\d{1,9})?$/;
const jobParams = z.object({ job: z.string().regex(JOB_REFERENCE, "is not a job number such as 1841 or 1841_7") });

export const arrayShape = z.object({
  spec: z.string().describe("As written, e.g. 0-9%3."),
  throttle: z.int().nullable().describe("How many tasks may run at once."),
  tasks: z.int(),
  pending: z.int(),
  running: z.int(),
  ended: z.int().describe("Tasks that have an outcome."),
  completed: z.int().describe("Tasks whose outcome is completed."),
});

export const jobSummaryShape = z.object({
  id: z.uuid(),
  number: z.string().describe("What people type: 1841, or 1841_7 for a task."),
  task: z.int().nullable().describe("The index within the array, when one task is shown."),
  name: z.string(),
  person: z.string(),
  project: z.string(),
  app: z.string().nullable().describe("Null for a plain command."),
  case: z.string().nullable(),
  executor: z.literal("local"),
  state: jobStateShape,
  outcome: jobOutcomeShape.nullable(),
  reason: z.string().nullable().describe("Why it is in this state, in one sentence."),
  cores: z.int(),
  memory_mib: z.int(),
  time_limit_s: z.int(),
  array: arrayShape.nullable(),
  submitted_at: instantShape,
  started_at: instantShape.nullable(),
  ended_at: instantShape.nullable(),
  elapsed_ms: z.number().nullable().describe("Of the last attempt; so far, while it runs."),
  unit: unitShape,
  reserved: amountShape,
  charged: amountShape,
  returned: amountShape,
  figure: figureShape,
  flagged: z.boolean().describe("A person should look: e.g. the end was not seen and the charge is an estimate."),
});

export const jobCheckShape = z.object({
  name: z.string(),
  value: z.union([z.number(), z.string()]).nullable(),
  unit: z.string().nullable(),
  expected: z.string().nullable().describe("As the app states it, e.g. -15.844527 +- 0.00001."),
  ok: z.boolean().nullable().describe("Null when the value is only reported, not checked."),
  words: z.string().describe("Why, in one phrase."),
});

export const jobFileShape = z.object({
  kind: z.enum(["input", "output"]),
  path: z.string().describe("Within the job's working folder."),
  bytes: z.number(),
  sha256: z.string(),
});

export const jobAttemptShape = z.object({
  task: z.int().nullable(),
  attempt: z.int(),
  started_at: instantShape.nullable(),
  ended_at: instantShape.nullable(),
  elapsed_ms: z.number().nullable(),
  outcome: jobOutcomeShape.nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable().describe("e.g. SIGKILL, when a signal ended it."),
  pid: z.int().nullable(),
  host: z.string().nullable(),
  reason: z.string().nullable(),
  charged: amountShape.nullable().describe("Null until it is settled."),
  figure: figureShape.nullable(),
});

export const dependencyShape = z.object({
  kind: z.enum(["afterok", "afterany", "afternotok"]),
  job: z.string(),
  state: z.enum(["open", "met", "impossible"]),
});

export const jobDetailShape = jobSummaryShape.extend({
  parameters: z.record(z.string(), z.unknown()),
  command: z.array(z.string()).nullable().describe("What is run, word by word; of an array the first task's."),
  folder: z.string().nullable().describe("The working folder on the machine it ran on."),
  dependencies: z.array(dependencyShape),
  retries: z.object({ count: z.int(), on: z.array(z.enum(RETRY_CAUSES)) }),
  retry_of: z.string().nullable(),
  attempts: z.array(jobAttemptShape).describe("At most 100, the newest first."),
  checks: z.array(jobCheckShape),
  files: z.array(jobFileShape).describe("At most 200."),
});

export const jobEventShape = z.object({
  id: z.string(),
  at: instantShape,
  job: z.string(),
  task: z.int().nullable(),
  attempt: z.int().nullable(),
  from: z.string().nullable(),
  to: z.string(),
  outcome: jobOutcomeShape.nullable(),
  who: z.string().describe("A person, or the part of Headgate that did it: server, worker, recovery."),
  why: z.string(),
});

/** What can be said on top of a job file without editing it; each wins over the file. */
export const overridesShape = z.strictObject({
  name: z.string().max(120).optional(),
  project: z.string().max(63).optional(),
  parameters: z.record(z.string(), z.string().max(4096)).optional().describe("As text; read by the app's types."),
  cores: z.int().optional(),
  memory: z.string().max(32).optional(),
  time_limit: z.string().max(32).optional(),
  array: z.string().max(1024).optional(),
});

/**
 * A job file as its author wrote it: the server reads the text, so that every fault carries file, line and column. `folder` is where
 * relative input paths start from, on the machine of the server.
 */
export const submissionShape = z.strictObject({
  file: z.string().min(1).max(4096).describe("The file's name, for faults."),
  text: z.string().max(1024 * 1024),
  folder: z.string().min(1).max(4096).optional(),
  overrides: overridesShape.optional(),
  quote: quoteId.optional().describe("The quote whose price counts, whatever became of rates since: for the same project, app and resources, and once."),
  default_project: z.string().max(63).optional().describe("Pays where neither the file nor the overrides name a project; before the person's own default."),
});

const faultShape = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning"]),
  place: z.object({ file: z.string(), line: z.int(), column: z.int() }).nullable(),
  path: z.string(),
  message: z.string(),
  fix: z.string().nullable(),
});

export const estimateShape = z.object({
  low_ms: z.number().nullable(),
  high_ms: z.number().nullable(),
  runtime_basis: z.string().describe("Where the run time comes from, e.g. learned from 4 runs."),
  unit: unitShape,
  expected: amountShape.nullable().describe("What it will probably cost; null when nothing is known."),
  at_most: amountShape.describe("The worst case, which is what is reserved."),
  formula: z.string().describe("How the worst case comes about, in words."),
  free: z.string().nullable().describe("Why it costs nothing, when the rate is 0."),
  exempt: z.string().nullable().describe("Why nothing is reserved though it can cost something: an exemption lets it in."),
});

export const fitShape = z.object({ change: z.string().describe("What to type, e.g. --time-limit 2h."), at_most: amountShape });

export const dryRunShape = z.object({
  file: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  case: z.string().nullable(),
  project: z.string(),
  cores: z.int(),
  memory_mib: z.int(),
  time_limit_s: z.int(),
  tasks: z.int(),
  command: z.array(z.string()),
  estimate: estimateShape,
  decision: z.enum(["accepted", "refused"]),
  problem: z.object({ code: z.string(), detail: z.string(), fix: z.string() }).nullable(),
  fits: z.array(fitShape),
  faults: z.array(faultShape).describe("Warnings only; errors are answered as input.invalid."),
});

export const submittedShape = z.object({ job: jobDetailShape, estimate: estimateShape, faults: z.array(faultShape) });

export const waitShape = z.object({
  kind: z.enum(["dependency", "cores", "memory", "throttle", "turn", "budget", "worker", "nothing"]),
  words: z.string(),
  ok: z.boolean().describe("False for what it waits for; true for what was looked at and is no reason."),
});

export const whyShape = z.object({
  job: z.string(),
  state: jobStateShape,
  outcome: jobOutcomeShape.nullable(),
  headline: z.string(),
  waits: z.array(waitShape),
  starts_about: instantShape.nullable(),
  looked_at: instantShape,
});

const listQuery = z.object({
  state: z.string().max(200).optional().describe("One or more states or outcomes, with commas: queued,running or failed."),
  person: z.string().max(63).optional(),
  project: z.string().max(63).optional(),
  app: z.string().max(63).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

function page<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

const pageQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(200), cursor: z.string().max(200).optional() });

/** So much of the end of a log is asked for at most. */
const TAIL_BYTES_MAX = 16_777_216;

const look = { method: "GET", tag: "jobs", access: "person", status: 200 } as const;
const oneJob = { ...look, params: jobParams, problems: ["job.not-found"] } as const;
const change = { method: "POST", tag: "jobs", access: "person" } as const;

export const jobRoutes = {
  submit: defineRoute({
    ...change,
    id: "job.submit",
    path: "/api/v1/jobs",
    idempotent: true,
    status: 201,
    summary: "Submit a job: read its file, reserve the most it can cost, queue it",
    body: submissionShape,
    reply: submittedShape,
    problems: ["input.invalid", "job.too-large", "job.queue-full", "budget.quote-unknown", "budget.quote-other", "budget.quote-used", "budget.quote-expired"],
  }),
  estimate: defineRoute({
    ...change,
    id: "job.estimate",
    path: "/api/v1/jobs/estimate",
    status: 200,
    summary: "Say what a job would do and cost, and whether it would be accepted; changes nothing",
    body: submissionShape,
    reply: dryRunShape,
    problems: ["input.invalid", "job.too-large", "budget.quote-unknown", "budget.quote-other", "budget.quote-used", "budget.quote-expired"],
  }),
  quote: defineRoute({
    ...change,
    id: "job.quote",
    path: "/api/v1/jobs/quotes",
    idempotent: true,
    answeredFrom: "journal",
    status: 201,
    summary: "Promise the most that a job costs, by the rates of now, for some days; reserves nothing",
    body: submissionShape.omit({ quote: true }).extend({ valid_days: quoteDays }),
    reply: quoteView,
    problems: ["input.invalid", "idempotency.mismatch"],
  }),
  list: defineRoute({
    ...look,
    id: "job.list",
    path: "/api/v1/jobs",
    summary: "Jobs, newest first",
    query: listQuery,
    reply: page(jobSummaryShape),
    problems: [],
  }),
  show: defineRoute({ ...oneJob, id: "job.show", path: "/api/v1/jobs/:job", summary: "One job, or one task of an array", reply: jobDetailShape }),
  tasks: defineRoute({
    ...oneJob,
    id: "job.tasks",
    path: "/api/v1/jobs/:job/tasks",
    summary: "The tasks of an array, by index",
    query: pageQuery,
    reply: page(jobSummaryShape),
  }),
  events: defineRoute({
    ...oneJob,
    id: "job.events",
    path: "/api/v1/jobs/:job/events",
    summary: "The journal of a job, oldest first",
    query: pageQuery,
    reply: page(jobEventShape),
  }),
  log: defineRoute({
    ...look,
    id: "job.log",
    path: "/api/v1/jobs/:job/log",
    stream: "text",
    summary: "What a job printed, from a byte offset; with follow, until it ends. Of an array, name a task (1841_7)",
    params: jobParams,
    query: z.object({
      offset: z.coerce.number().int().min(0).optional().describe("Bytes to skip from the beginning."),
      tail_bytes: z.coerce.number().int().min(1).max(TAIL_BYTES_MAX).optional().describe("Begin this far before the end instead, at the start of a line."),
      attempt: z.coerce.number().int().min(1).optional().describe("Default: the last."),
      follow: z.stringbool().default(false),
    }),
    reply: z.string(),
    problems: ["job.not-found", "job.no-log"],
  }),
  cancel: defineRoute({
    ...change,
    id: "job.cancel",
    path: "/api/v1/jobs/:job/cancel",
    idempotent: true,
    status: 202,
    summary: "Cancel a job, a whole array or one task: what has not started is released, what runs gets TERM, 10 s, KILL",
    params: jobParams,
    body: z.strictObject({ reason: z.string().max(500).optional() }),
    reply: jobSummaryShape,
    problems: ["job.not-found", "job.not-yours", "job.ended"],
  }),
  retry: defineRoute({
    ...change,
    id: "job.retry",
    path: "/api/v1/jobs/:job/retry",
    idempotent: true,
    status: 201,
    summary: "Submit the same job anew under a new number with a new reservation; of an array the tasks that did not complete",
    params: jobParams,
    body: z.strictObject({ overrides: overridesShape.optional() }),
    reply: submittedShape,
    problems: ["job.not-found", "job.not-yours", "job.not-ended", "input.invalid"],
  }),
  cost: defineRoute({
    ...oneJob,
    id: "job.cost",
    path: "/api/v1/jobs/:job/cost",
    summary: "What a job reserved, was charged and gave back, and how each figure comes about",
    reply: costShape,
  }),
  why: defineRoute({ ...oneJob, id: "job.why", path: "/api/v1/jobs/:job/why", summary: "Why a job waits, or why it ended as it did", reply: whyShape }),
} as const satisfies Routes;

export type JobListQuery = z.output<typeof listQuery>;
export type JobState = (typeof JOB_STATES)[number];
export type JobOutcome = (typeof JOB_OUTCOMES)[number];
export type RetryCause = (typeof RETRY_CAUSES)[number];
export type JobSummary = z.output<typeof jobSummaryShape>;
export type JobDetail = z.output<typeof jobDetailShape>;
export type JobEvent = z.output<typeof jobEventShape>;
export type JobWhy = z.output<typeof whyShape>;
export type JobCost = z.output<typeof costShape>;
export type JobEstimate = z.output<typeof estimateShape>;
export type JobDryRun = z.output<typeof dryRunShape>;
export type JobSubmission = z.output<typeof submissionShape>;
export type SubmittedJob = z.output<typeof submittedShape>;
