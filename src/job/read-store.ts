import { exemptOf, exemptWords, type ExemptUse } from "#budget";
import { loadStatement, type Database } from "#db";
import { mib, micros, milliseconds, type Instant, type Micros, type MiB, type Milliseconds, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import type { JobOutcome, JobState, JobSubmission, RetryCause } from "./contract.ts";
import type { StoredEstimate } from "./job-store.ts";
import { jobSpecSchema, type JobSpec } from "./job-spec.ts";

/** What is shown of jobs. Nothing is written here. */

const sql = (name: string) => ({ ...loadStatement("job", name), readOnly: true });

export type Counts = {
  readonly waiting: number;
  readonly queued: number;
  readonly starting: number;
  readonly running: number;
  readonly ended: number;
  readonly settled: number;
  readonly completed: number;
};

export type JobRow = {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly person: string;
  readonly project: string;
  readonly app: string | null;
  readonly case: string | null;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
  readonly reason: string | null;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimitS: number;
  readonly arraySpec: string | null;
  readonly throttle: number | null;
  readonly tasks: number;
  readonly counts: Counts;
  readonly submittedAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Of a plain job's last attempt. */
  readonly elapsed: Milliseconds | null;
  readonly attemptStartedAt: Instant | null;
  readonly unit: MoneyUnit;
  readonly reserved: Micros;
  /** What of `reserved` is for indirect cost. */
  readonly reservedIndirect: Micros;
  readonly charged: Micros;
  /** What was charged beside it as indirect cost. */
  readonly indirect: Micros;
  readonly returned: Micros;
  readonly figure: "estimated" | "metered";
  readonly flagged: boolean;
};

type RawJob = {
  id: string;
  number: bigint;
  name: string;
  person: string;
  project: string;
  app: string | null;
  app_case: string | null;
  state: JobState;
  outcome: JobOutcome | null;
  reason: string | null;
  cores: number;
  memory_mib: bigint;
  time_limit_s: number;
  array_spec: string | null;
  throttle: number | null;
  tasks: number;
  tasks_waiting: number;
  tasks_queued: number;
  tasks_starting: number;
  tasks_running: number;
  tasks_ended: number;
  tasks_settled: number;
  tasks_completed: number;
  submitted_at: Instant;
  started_at: Instant | null;
  ended_at: Instant | null;
  elapsed_ms: bigint | null;
  attempt_started_at: Instant | null;
  unit: MoneyUnit;
  reserved: bigint;
  reserved_indirect: bigint;
  charged: bigint;
  indirect: bigint;
  returned: bigint;
  figure: "estimated" | "metered";
  flagged: boolean;
};

function jobOf(row: RawJob): JobRow {
  return {
    id: row.id,
    number: String(row.number),
    name: row.name,
    person: row.person,
    project: row.project,
    app: row.app,
    case: row.app_case,
    state: row.state,
    outcome: row.outcome,
    reason: row.reason,
    cores: row.cores,
    memory: mib(Number(row.memory_mib)),
    timeLimitS: row.time_limit_s,
    arraySpec: row.array_spec,
    throttle: row.throttle,
    tasks: row.tasks,
    counts: {
      waiting: row.tasks_waiting,
      queued: row.tasks_queued,
      starting: row.tasks_starting,
      running: row.tasks_running,
      ended: row.tasks_ended,
      settled: row.tasks_settled,
      completed: row.tasks_completed,
    },
    submittedAt: row.submitted_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    elapsed: ms(row.elapsed_ms),
    attemptStartedAt: row.attempt_started_at,
    unit: row.unit,
    reserved: micros(row.reserved),
    reservedIndirect: micros(row.reserved_indirect),
    charged: micros(row.charged),
    indirect: micros(row.indirect),
    returned: micros(row.returned),
    figure: row.figure,
    flagged: row.flagged,
  };
}

function ms(value: bigint | null): Milliseconds | null {
  return value === null ? null : milliseconds(Number(value));
}

/** Whose jobs are seen: null for everything, else a person's own and those of some accounts. */
export type Sight = { readonly person: string; readonly accounts: readonly string[] } | null;

export type ListAsk = {
  readonly sight: Sight;
  readonly states: readonly string[] | null;
  readonly person: string | null;
  readonly project: string | null;
  readonly app: string | null;
  readonly before: string | null;
  readonly limit: number;
};

export async function listJobs(db: Database, ask: ListAsk): Promise<JobRow[]> {
  const rows = await db.query<RawJob>(sql("list-jobs"), [
    ask.sight?.person ?? null,
    ask.sight?.accounts ?? [],
    ask.states,
    ask.person,
    ask.project,
    ask.app,
    ask.before,
    ask.limit,
  ]);
  return rows.map(jobOf);
}

export type FullJob = JobRow & {
  readonly grace: Milliseconds;
  readonly overrun: Micros;
  readonly spec: JobSpec;
  readonly submission: JobSubmission;
  readonly retryCount: number;
  readonly retryOn: readonly RetryCause[];
  readonly retryOf: string | null;
  readonly expected: Micros | null;
  readonly formula: readonly FormulaTerm[];
  readonly formulaWords: string;
  readonly runEstimate: StoredEstimate;
  readonly holdId: string | null;
  readonly holdClosed: boolean;
  /** Why nothing was reserved although the ledger let it in. */
  readonly exempt: { readonly asked: Micros; readonly words: string } | null;
  /** What is asked for when it starts, where its account reserves then; null where it was reserved when it was submitted. */
  readonly toReserve: Micros | null;
  /** Since when the budget has been saying no. */
  readonly shortSince: Instant | null;
  readonly pool: string;
};

/** What is said of work that an exemption let in. */
export function saidOf(exempt: ExemptUse, unit: MoneyUnit): NonNullable<FullJob["exempt"]> {
  return { asked: exempt.asked, words: exemptWords(exempt, unit) };
}

export async function showJob(db: Database, number: string): Promise<FullJob | null> {
  type Raw = RawJob & {
    grace_ms: number;
    overrun: bigint;
    spec: unknown;
    submission: JobSubmission;
    retry_count: number;
    retry_on: RetryCause[];
    retry_of: bigint | null;
    expected: bigint | null;
    formula: FormulaTerm[];
    formula_words: string;
    run_estimate: StoredEstimate;
    hold_id: string | null;
    hold_closed_at: Instant | null;
    exempt: Parameters<typeof exemptOf>[0] | null;
    to_reserve: bigint | null;
    short_since: Instant | null;
    pool: string;
  };
  const [row] = await db.query<Raw>(sql("show-job"), [number]);
  if (row === undefined) return null;
  return {
    ...jobOf(row),
    grace: milliseconds(row.grace_ms),
    overrun: micros(row.overrun),
    spec: jobSpecSchema.parse(row.spec),
    submission: row.submission,
    retryCount: row.retry_count,
    retryOn: row.retry_on,
    retryOf: row.retry_of === null ? null : String(row.retry_of),
    expected: row.expected === null ? null : micros(row.expected),
    formula: row.formula,
    formulaWords: row.formula_words,
    runEstimate: row.run_estimate,
    holdId: row.hold_id,
    holdClosed: row.hold_closed_at !== null,
    exempt: row.exempt === null ? null : saidOf(exemptOf(row.exempt), row.unit),
    toReserve: row.to_reserve === null ? null : micros(row.to_reserve),
    shortSince: row.short_since,
    pool: row.pool,
  };
}

export type TaskRow = {
  readonly index: number | null;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
  readonly why: string;
  readonly queuedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly flagged: boolean;
  readonly elapsed: Milliseconds | null;
  readonly attemptStartedAt: Instant | null;
  readonly charged: Micros;
  readonly estimated: boolean;
};

export async function listTasks(
  db: Database,
  jobId: string,
  ask: { readonly index: number | null; readonly after: number | null; readonly limit: number },
): Promise<TaskRow[]> {
  type Raw = {
    index: number | null;
    state: JobState;
    outcome: JobOutcome | null;
    moved_why: string;
    queued_at: Instant | null;
    started_at: Instant | null;
    ended_at: Instant | null;
    flagged: boolean;
    elapsed_ms: bigint | null;
    attempt_started_at: Instant | null;
    charged: bigint;
    estimated: boolean;
  };
  const rows = await db.query<Raw>(sql("list-tasks"), [jobId, ask.index, ask.after, ask.limit]);
  return rows.map((row) => ({
    index: row.index,
    state: row.state,
    outcome: row.outcome,
    why: row.moved_why,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    flagged: row.flagged,
    elapsed: ms(row.elapsed_ms),
    attemptStartedAt: row.attempt_started_at,
    charged: micros(row.charged),
    estimated: row.estimated,
  }));
}

export type EventRow = {
  readonly id: string;
  readonly at: Instant;
  readonly number: string;
  readonly task: number | null;
  readonly attempt: number | null;
  readonly from: string | null;
  readonly to: string;
  readonly outcome: JobOutcome | null;
  readonly who: string;
  readonly why: string;
};

export async function listEvents(
  db: Database,
  jobId: string,
  ask: { readonly index: number | null; readonly after: string; readonly limit: number },
): Promise<EventRow[]> {
  type Raw = {
    id: bigint;
    at: Instant;
    number: bigint;
    task_index: number | null;
    attempt: number | null;
    from_state: string | null;
    to_state: string;
    outcome: JobOutcome | null;
    who: string;
    why: string;
  };
  const rows = await db.query<Raw>(sql("list-events"), [jobId, ask.index, ask.after, ask.limit]);
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at,
    number: String(row.number),
    task: row.task_index,
    attempt: row.attempt,
    from: row.from_state,
    to: row.to_state,
    outcome: row.outcome,
    who: row.who,
    why: row.why,
  }));
}

export type DependencyRow = {
  readonly kind: "afterok" | "afterany" | "afternotok";
  readonly number: string;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
};

export async function listDependencies(db: Database, jobId: string): Promise<DependencyRow[]> {
  const rows = await db.query<{ kind: DependencyRow["kind"]; number: bigint; state: JobState; outcome: JobOutcome | null }>(sql("list-dependencies"), [jobId]);
  return rows.map((row) => ({ ...row, number: String(row.number) }));
}

/** Whose the jobs of these numbers are, and who pays: for those who tell of changes. */
export async function jobOwners(db: Database, numbers: readonly string[]): Promise<Map<string, { owner: string; project: string }>> {
  const rows = await db.query<{ number: bigint; person: string; project: string }>(sql("jobs-by-number"), [numbers]);
  return new Map(rows.map((row) => [String(row.number), { owner: row.person, project: row.project }]));
}
