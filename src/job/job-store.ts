import { loadStatement, type Database } from "#db";
import { instantToIso, mib, micros, type Instant, type MiB, type Micros, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import type { JobOutcome, JobState, JobSubmission } from "./contract.ts";
import type { JobSpec } from "./job-spec.ts";
import type { RetryRule } from "./life.ts";

/** Submissions: writing them down, and the answer of the ledger. */

const sql = (name: string) => loadStatement("job", name);

export type PoolRow = { readonly cores: number; readonly memory: MiB; readonly host: string; readonly memoryEnforced: string; readonly beatAt: Instant };

/** Null when no worker has ever run. */
export async function readPool(db: Database, pool: string): Promise<PoolRow | null> {
  const [row] = await db.query<{ cores: number; memory_mib: bigint; host: string; memory_enforced: string; beat_at: Instant }>(
    { ...sql("pool"), readOnly: true },
    [pool],
  );
  return row === undefined
    ? null
    : { cores: row.cores, memory: mib(Number(row.memory_mib)), host: row.host, memoryEnforced: row.memory_enforced, beatAt: row.beat_at };
}

/** How long a job was thought to take when it was submitted, in milliseconds, and why it is free when it is. */
export type StoredEstimate = {
  readonly low_ms: number | null;
  readonly likely_ms: number | null;
  readonly high_ms: number | null;
  readonly basis: string;
  readonly free: string | null;
};

export type NewJob = {
  readonly id: string;
  readonly key: string | null;
  readonly fingerprint: string;
  readonly name: string;
  readonly person: string;
  readonly project: string;
  readonly app: string | null;
  readonly case: string | null;
  readonly parametersHash: string;
  readonly spec: JobSpec;
  readonly submission: JobSubmission;
  /** The quote whose price it has. */
  readonly quote: string | null;
  readonly pool: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimitS: number;
  readonly graceMs: number;
  readonly arraySpec: string | null;
  readonly throttle: number | null;
  readonly tasks: number;
  readonly retry: RetryRule;
  readonly retryOf: string | null;
  readonly unit: MoneyUnit;
  readonly reserved: Micros;
  readonly expected: Micros | null;
  readonly formula: readonly FormulaTerm[];
  readonly formulaWords: string;
  readonly runEstimate: StoredEstimate;
  readonly submittedAt: Instant;
  readonly dependencies: readonly { readonly jobId: string; readonly kind: string }[];
};

/** When its account reserves money for a job. */
export type ReserveAt = "submission" | "start";

/** The number of the job and when its money is reserved, or null when its key has been used already. */
export async function insertJob(db: Database, job: NewJob): Promise<{ number: string; reserveAt: ReserveAt } | null> {
  const row = {
    id: job.id,
    submit_key: job.key,
    submit_fingerprint: job.fingerprint,
    name: job.name,
    person: job.person,
    project: job.project,
    app: job.app,
    app_case: job.case,
    parameters_hash: job.parametersHash,
    spec: job.spec,
    submission: job.submission,
    quote_id: job.quote,
    pool: job.pool,
    cores: job.cores,
    memory_mib: job.memory,
    time_limit_s: job.timeLimitS,
    grace_ms: job.graceMs,
    array_spec: job.arraySpec,
    throttle: job.throttle,
    tasks: job.tasks,
    retry_count: job.retry.count,
    retry_on: job.retry.on,
    retry_of: job.retryOf,
    unit: job.unit,
    reserved: String(job.reserved),
    expected: job.expected === null ? null : String(job.expected),
    formula: job.formula,
    formula_words: job.formulaWords,
    run_estimate: job.runEstimate,
    submitted_at: instantToIso(job.submittedAt),
  };
  const dependencies = job.dependencies.map((one) => ({ on_job_id: one.jobId, kind: one.kind }));
  const [made] = await db.query<{ number: bigint; reserve_at: ReserveAt }>(sql("insert-job"), [
    JSON.stringify(row),
    JSON.stringify(dependencies),
    `submitted: ${job.formulaWords}`.slice(0, 2000),
  ]);
  return made === undefined ? null : { number: String(made.number), reserveAt: made.reserve_at };
}

export type Refusal = { readonly code: string; readonly detail: string; readonly fix: string; readonly facts: Readonly<Record<string, unknown>> };

export type SubmittedRow = {
  readonly id: string;
  readonly number: string;
  readonly fingerprint: string;
  readonly state: JobState;
  readonly refusal: Refusal | null;
};

export async function jobByKey(db: Database, key: string): Promise<SubmittedRow | null> {
  const [row] = await db.query<{ id: string; number: bigint; submit_fingerprint: string; state: JobState; refusal: Refusal | null }>(
    { ...sql("job-by-key"), readOnly: true },
    [key],
  );
  return row === undefined ? null : { id: row.id, number: String(row.number), fingerprint: row.submit_fingerprint, state: row.state, refusal: row.refusal };
}

/** What the step after writing down takes: the same whether it is made at once or after a crash. */
export type Unheld = {
  readonly id: string;
  readonly number: string;
  readonly person: string;
  readonly project: string;
  readonly app: string | null;
  readonly pool: string;
  readonly reserved: Micros;
  readonly expected: Micros | null;
  readonly unit: MoneyUnit;
  readonly formula: readonly FormulaTerm[];
  readonly formulaWords: string;
  readonly arraySpec: string | null;
  /** The quote that its reservation uses. */
  readonly quote: string | null;
  /** In how many parts it can be charged at most: tasks times attempts. */
  readonly charges: number;
  /** After both it has surely ended. */
  readonly timeLimitS: number;
  readonly graceMs: number;
  readonly reserveAt: ReserveAt;
};

export type UnheldRow = {
  id: string;
  number: bigint;
  person: string;
  project: string;
  app: string | null;
  pool: string;
  reserved: bigint;
  expected: bigint | null;
  unit: MoneyUnit;
  formula: FormulaTerm[];
  formula_words: string;
  array_spec: string | null;
  quote_id: string | null;
  charges: number;
  time_limit_s: number;
  grace_ms: number;
  reserve_at: ReserveAt;
};

export function unheldOf(row: UnheldRow): Unheld {
  return {
    id: row.id,
    number: String(row.number),
    person: row.person,
    project: row.project,
    app: row.app,
    pool: row.pool,
    reserved: micros(row.reserved),
    expected: row.expected === null ? null : micros(row.expected),
    unit: row.unit,
    formula: row.formula,
    formulaWords: row.formula_words,
    arraySpec: row.array_spec,
    quote: row.quote_id,
    charges: row.charges,
    timeLimitS: row.time_limit_s,
    graceMs: row.grace_ms,
    reserveAt: row.reserve_at,
  };
}

/** Those written down before `before` that are still without an answer, oldest first. */
export async function unheldJobs(db: Database, pool: string, before: Instant, limit: number): Promise<Unheld[]> {
  return (await db.query<UnheldRow>({ ...sql("unheld-jobs"), readOnly: true }, [pool, instantToIso(before), limit])).map(unheldOf);
}

/** Null when it has its answer. */
export async function unheldJob(db: Database, id: string): Promise<Unheld | null> {
  const [row] = await db.query<UnheldRow>({ ...sql("unheld-job"), readOnly: true }, [id]);
  return row === undefined ? null : unheldOf(row);
}

/** The hold is granted: the job gets its tasks. False when that had been done already. */
export async function grantHold(
  db: Database,
  id: string,
  hold: { id: string; amount: Micros },
  indices: readonly number[],
  now: Instant,
  words: string,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const granted = await tx.query(sql("grant-hold"), [id, hold.id, hold.amount]);
    if (granted.length === 0) return false;
    await tx.query(sql("insert-tasks"), [id, indices, instantToIso(now), "ledger", words]);
    await tx.query(sql("tell-worker"));
    return true;
  });
}

export async function refuseJob(db: Database, id: string, refusal: Refusal, now: Instant): Promise<void> {
  await db.query(sql("refuse-job"), [id, refusal.detail.slice(0, 2000), JSON.stringify(refusal), instantToIso(now), "ledger"]);
}

export type KnownJob = {
  readonly id: string;
  readonly number: string;
  readonly person: string;
  readonly project: string;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
};

export async function jobsByNumber(db: Database, numbers: readonly string[]): Promise<KnownJob[]> {
  if (numbers.length === 0) return [];
  const rows = await db.query<{ id: string; number: bigint; person: string; project: string; state: JobState; outcome: JobOutcome | null }>(
    { ...sql("jobs-by-number"), readOnly: true },
    [numbers],
  );
  return rows.map((row) => ({ ...row, number: String(row.number) }));
}

/** Open jobs of the pool and of one person, each counted up to its bound. */
export async function countOpen(db: Database, pool: string, person: string, bounds: { all: number; own: number }): Promise<{ all: number; own: number }> {
  const [row] = await db.query<{ all_jobs: number; own_jobs: number }>({ ...sql("count-open"), readOnly: true }, [pool, person, bounds.all, bounds.own]);
  return { all: row?.all_jobs ?? 0, own: row?.own_jobs ?? 0 };
}
