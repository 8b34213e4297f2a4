import { loadStatement, type Database } from "#db";
import { mib, micros, milliseconds, type Instant, type Micros, type MiB, type Milliseconds, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import type { JobOutcome, JobState, JobSubmission, RetryCause } from "./contract.ts";
import type { StoredEstimate } from "./job-store.ts";
import { jobSpecSchema, type JobSpec } from "./job-spec.ts";
import type { ResultValue } from "./ports.ts";

/** What is shown of jobs. Nothing is written here. */

const sql = (name: string) => ({ ...loadStatement("job", name), readOnly: true });

export type Counts = { readonly waiting: number; readonly queued: number; readonly starting: number; readonly running: number; readonly ended: number; readonly settled: number; readonly completed: number };

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
  readonly charged: Micros;
  readonly returned: Micros;
  readonly figure: "estimated" | "metered";
  readonly flagged: boolean;
};

type RawJob = {
  id: string; number: bigint; name: string; person: string; project: string; app: string | null; app_case: string | null; state: JobState; outcome: JobOutcome | null; reason: string | null; cores: number; memory_mib: bigint;
  time_limit_s: number; array_spec: string | null; throttle: number | null; tasks: number; tasks_waiting: number; tasks_queued: number; tasks_starting: number; tasks_running: number; tasks_ended: number; tasks_settled: number;
  tasks_completed: number; submitted_at: Instant; started_at: Instant | null; ended_at: Instant | null; elapsed_ms: bigint | null; attempt_started_at: Instant | null; unit: MoneyUnit; reserved: bigint; charged: bigint; returned: bigint;
  figure: "estimated" | "metered"; flagged: boolean;
};

function jobOf(row: RawJob): JobRow {
  return {
    id: row.id, number: String(row.number), name: row.name, person: row.person, project: row.project, app: row.app, case: row.app_case, state: row.state, outcome: row.outcome, reason: row.reason, cores: row.cores,
    memory: mib(Number(row.memory_mib)), timeLimitS: row.time_limit_s, arraySpec: row.array_spec, throttle: row.throttle, tasks: row.tasks,
    counts: { waiting: row.tasks_waiting, queued: row.tasks_queued, starting: row.tasks_starting, running: row.tasks_running, ended: row.tasks_ended, settled: row.tasks_settled, completed: row.tasks_completed },
    submittedAt: row.submitted_at, startedAt: row.started_at, endedAt: row.ended_at, elapsed: ms(row.elapsed_ms), attemptStartedAt: row.attempt_started_at, unit: row.unit, reserved: micros(row.reserved),
    charged: micros(row.charged), returned: micros(row.returned), figure: row.figure, flagged: row.flagged,
  };
}

function ms(value: bigint | null): Milliseconds | null {
  return value === null ? null : milliseconds(Number(value));
}

/** Whose jobs are seen: null for everything, else a person's own and those of some accounts. */
export type Sight = { readonly person: string; readonly accounts: readonly string[] } | null;

export type ListAsk = { readonly sight: Sight; readonly states: readonly string[] | null; readonly person: string | null; readonly project: string | null; readonly app: string | null; readonly before: string | null; readonly limit: number };

export async function listJobs(db: Database, ask: ListAsk): Promise<JobRow[]> {
  const rows = await db.query<RawJob>(sql("list-jobs"), [ask.sight?.person ?? null, ask.sight?.accounts ?? [], ask.states, ask.person, ask.project, ask.app, ask.before, ask.limit]);
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
  readonly holdClosed: boolean;
  readonly pool: string;
};

export async function showJob(db: Database, number: string): Promise<FullJob | null> {
  type Raw = RawJob & {
    grace_ms: number; overrun: bigint; spec: unknown; submission: JobSubmission; retry_count: number; retry_on: RetryCause[]; retry_of: bigint | null; expected: bigint | null; formula: FormulaTerm[]; formula_words: string;
    run_estimate: StoredEstimate; hold_closed_at: Instant | null; pool: string;
  };
  const [row] = await db.query<Raw>(sql("show-job"), [number]);
  if (row === undefined) return null;
  return {
    ...jobOf(row), grace: milliseconds(row.grace_ms), overrun: micros(row.overrun), spec: jobSpecSchema.parse(row.spec), submission: row.submission, retryCount: row.retry_count, retryOn: row.retry_on,
    retryOf: row.retry_of === null ? null : String(row.retry_of), expected: row.expected === null ? null : micros(row.expected), formula: row.formula, formulaWords: row.formula_words, runEstimate: row.run_estimate,
    holdClosed: row.hold_closed_at !== null, pool: row.pool,
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

export async function listTasks(db: Database, jobId: string, ask: { readonly index: number | null; readonly after: number | null; readonly limit: number }): Promise<TaskRow[]> {
  type Raw = { index: number | null; state: JobState; outcome: JobOutcome | null; moved_why: string; queued_at: Instant | null; started_at: Instant | null; ended_at: Instant | null; flagged: boolean; elapsed_ms: bigint | null; attempt_started_at: Instant | null; charged: bigint; estimated: boolean };
  const rows = await db.query<Raw>(sql("list-tasks"), [jobId, ask.index, ask.after, ask.limit]);
  return rows.map((row) => ({
    index: row.index, state: row.state, outcome: row.outcome, why: row.moved_why, queuedAt: row.queued_at, startedAt: row.started_at, endedAt: row.ended_at, flagged: row.flagged, elapsed: ms(row.elapsed_ms),
    attemptStartedAt: row.attempt_started_at, charged: micros(row.charged), estimated: row.estimated,
  }));
}

export type EventRow = { readonly id: string; readonly at: Instant; readonly number: string; readonly task: number | null; readonly attempt: number | null; readonly from: string | null; readonly to: string; readonly outcome: JobOutcome | null; readonly who: string; readonly why: string };

export async function listEvents(db: Database, jobId: string, ask: { readonly index: number | null; readonly after: string; readonly limit: number }): Promise<EventRow[]> {
  type Raw = { id: bigint; at: Instant; number: bigint; task_index: number | null; attempt: number | null; from_state: string | null; to_state: string; outcome: JobOutcome | null; who: string; why: string };
  const rows = await db.query<Raw>(sql("list-events"), [jobId, ask.index, ask.after, ask.limit]);
  return rows.map((row) => ({ id: String(row.id), at: row.at, number: String(row.number), task: row.task_index, attempt: row.attempt, from: row.from_state, to: row.to_state, outcome: row.outcome, who: row.who, why: row.why }));
}

export type AttemptRow = {
  readonly token: string;
  readonly index: number | null;
  readonly attempt: number;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly elapsed: Milliseconds | null;
  readonly outcome: JobOutcome | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly pid: number | null;
  readonly host: string;
  readonly folder: string;
  readonly reason: string | null;
  readonly results: readonly ResultValue[];
  readonly over: boolean;
  readonly settled: boolean;
  readonly charge: Micros | null;
  readonly figure: "estimated" | "metered" | null;
};

/** Attempts that were truly made, the newest first. */
export async function listAttempts(db: Database, jobId: string, ask: { readonly index: number | null; readonly limit: number }): Promise<AttemptRow[]> {
  type Raw = { token: string; index: number | null; attempt: number; started_at: Instant | null; ended_at: Instant | null; elapsed_ms: bigint | null; outcome: JobOutcome | null; exit_code: number | null; signal: string | null; pid: number | null; host: string; folder: string; reason: string | null; results: ResultValue[] | null; state: string; charge: bigint | null; figure: "estimated" | "metered" | null };
  const rows = await db.query<Raw>(sql("list-attempts"), [jobId, ask.index, ask.limit]);
  return rows.map((row) => ({
    token: row.token, index: row.index, attempt: row.attempt, startedAt: row.started_at, endedAt: row.ended_at, elapsed: ms(row.elapsed_ms), outcome: row.outcome, exitCode: row.exit_code, signal: row.signal, pid: row.pid,
    host: row.host, folder: row.folder, reason: row.reason, results: row.results ?? [], over: row.state === "ended" || row.state === "settled", settled: row.state === "settled",
    charge: row.charge === null ? null : micros(row.charge), figure: row.figure,
  }));
}

export async function listFiles(db: Database, token: string, limit: number): Promise<{ kind: "input" | "output"; path: string; bytes: number; sha256: string }[]> {
  const rows = await db.query<{ kind: "input" | "output"; path: string; bytes: bigint; sha256: string }>(sql("list-files"), [token, limit]);
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

export type DependencyRow = { readonly kind: "afterok" | "afterany" | "afternotok"; readonly number: string; readonly state: JobState; readonly outcome: JobOutcome | null };

export async function listDependencies(db: Database, jobId: string): Promise<DependencyRow[]> {
  const rows = await db.query<{ kind: DependencyRow["kind"]; number: bigint; state: JobState; outcome: JobOutcome | null }>(sql("list-dependencies"), [jobId]);
  return rows.map((row) => ({ ...row, number: String(row.number) }));
}

export type ChargeRow = { readonly index: number | null; readonly attempt: number; readonly cores: number; readonly elapsed: Milliseconds; readonly charge: Micros; readonly figure: "estimated" | "metered"; readonly words: string };

export async function listCharges(db: Database, jobId: string, ask: { readonly index: number | null; readonly limit: number }): Promise<ChargeRow[]> {
  const rows = await db.query<{ index: number | null; attempt: number; cores: number; elapsed_ms: bigint; charge: bigint; figure: "estimated" | "metered"; charge_words: string }>(sql("list-charges"), [jobId, ask.index, ask.limit]);
  return rows.map((row) => ({ index: row.index, attempt: row.attempt, cores: row.cores, elapsed: milliseconds(Number(row.elapsed_ms)), charge: micros(row.charge), figure: row.figure, words: row.charge_words }));
}

export type OccupiedRow = { readonly person: string; readonly cores: number; readonly memory: MiB; readonly startedAt: Instant; readonly occupies: Milliseconds; readonly number: string; readonly index: number | null };

export async function occupied(db: Database, pool: string): Promise<OccupiedRow[]> {
  type Raw = { person: string; cores: number; memory_mib: bigint; started_at: Instant; time_limit_s: number; grace_ms: number; number: bigint; index: number | null };
  const rows = await db.query<Raw>(sql("occupied"), [pool]);
  return rows.map((row) => ({
    person: row.person, cores: row.cores, memory: mib(Number(row.memory_mib)), startedAt: row.started_at, occupies: milliseconds(row.time_limit_s * 1000 + row.grace_ms), number: String(row.number), index: row.index,
  }));
}

/** How long completed runs took: for estimates. */
export type RunTimeRow = { readonly case: string | null; readonly parametersHash: string; readonly parameters: Readonly<Record<string, unknown>>; readonly cores: number; readonly elapsed: Milliseconds; readonly endedAt: Instant; readonly host: string };

export async function readRunTimes(db: Database, ask: { readonly app: string; readonly case: string | null; readonly limit: number }): Promise<RunTimeRow[]> {
  type Raw = { app_case: string | null; parameters_hash: string; parameters: Record<string, unknown>; cores: number; elapsed_ms: bigint; ended_at: Instant; host: string };
  const rows = await db.query<Raw>(sql("run-times"), [ask.app, ask.case, ask.limit]);
  return rows.map((row) => ({ case: row.app_case, parametersHash: row.parameters_hash, parameters: row.parameters, cores: row.cores, elapsed: milliseconds(Number(row.elapsed_ms)), endedAt: row.ended_at, host: row.host }));
}

/** Whose the jobs of these numbers are, and who pays: for those who tell of changes. */
export async function jobOwners(db: Database, numbers: readonly string[]): Promise<Map<string, { owner: string; project: string }>> {
  const rows = await db.query<{ number: bigint; person: string; project: string }>(sql("jobs-by-number"), [numbers]);
  return new Map(rows.map((row) => [String(row.number), { owner: row.person, project: row.project }]));
}

