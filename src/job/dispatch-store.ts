import type { EndState } from "#budget";
import { loadStatement, type Database } from "#db";
import { instantToIso, mib, milliseconds, seconds, type Instant, type MiB, type Micros, type Milliseconds, type MoneyUnit, type Seconds } from "#kernel";
import type { FormulaTerm } from "#price";
import type { JobOutcome, RetryCause } from "./contract.ts";
import { jobSpecSchema, type JobSpec } from "./job-spec.ts";
import type { RetryRule } from "./life.ts";
import type { ResultValue } from "./ports.ts";

/** What the dispatcher reads and writes. Every write is guarded by the state it starts from, so that a step done twice changes nothing the second time. */

const sql = (name: string) => loadStatement("job", name);

export type PoolFacts = {
  readonly name: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly host: string;
  readonly machine: string;
  readonly bootId: string;
  readonly memoryEnforced: string;
};

/** Makes this dispatcher the pool's: gives its epoch, and the last sign of life of the one before. Null when the pool is another machine's, where something may still run. */
export async function takePool(
  db: Database,
  pool: PoolFacts,
  now: Instant,
  otherMachineIsGone: boolean,
): Promise<{ epoch: bigint; beatBefore: Instant | null } | null> {
  const [row] = await db.query<{ epoch: bigint; beat_before: Instant | null }>(sql("take-pool"), [
    pool.name,
    pool.cores,
    pool.memory,
    pool.host,
    pool.machine,
    pool.bootId,
    pool.memoryEnforced,
    instantToIso(now),
    otherMachineIsGone,
  ]);
  return row === undefined ? null : { epoch: row.epoch, beatBefore: row.beat_before };
}

/** False when another dispatcher has the pool. */
export async function beat(db: Database, pool: string, epoch: bigint, now: Instant): Promise<boolean> {
  return (await db.query(sql("beat"), [pool, epoch, instantToIso(now)])).length === 1;
}

export type PendingRow = {
  readonly id: string;
  readonly person: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly occupies: Milliseconds;
  readonly queuedAt: Instant;
  readonly tasks: number;
  /** Its money is reserved; false where the account reserves when a job starts. */
  readonly held: boolean;
};

/** A job that has waited this long for its budget is passed by no younger one that asks the same budget. */
const SHORT_PATIENCE_MS = 3_600_000;

export async function pendingJobs(db: Database, pool: string, perPersonMax: number, now: Instant): Promise<PendingRow[]> {
  type Row = {
    id: string;
    person: string;
    cores: number;
    memory_mib: bigint;
    time_limit_s: number;
    grace_ms: number;
    tasks_queued: number;
    queued_at: Instant;
    held: boolean;
  };
  const rows = await db.query<Row>({ ...sql("pending-jobs"), readOnly: true }, [pool, perPersonMax, instantToIso(now), SHORT_PATIENCE_MS]);
  return rows.map((row) => ({
    id: row.id,
    person: row.person,
    cores: row.cores,
    memory: mib(Number(row.memory_mib)),
    occupies: milliseconds(row.time_limit_s * 1000 + row.grace_ms),
    queuedAt: row.queued_at,
    tasks: row.tasks_queued,
    held: row.held,
  }));
}

export type Claimed = {
  readonly token: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly folder: string;
  readonly index: number | null;
  readonly attemptsEnded: number;
};

export type ClaimAsk = {
  readonly pool: PoolFacts;
  readonly epoch: bigint;
  readonly wanted: readonly { readonly id: string; readonly tasks: number }[];
  readonly tokens: readonly string[];
  readonly jobsFolder: string;
  readonly now: Instant;
};

export async function claim(db: Database, ask: ClaimAsk): Promise<Claimed[]> {
  const wanted = JSON.stringify(ask.wanted.map(({ id, tasks }) => ({ job_id: id, tasks })));
  const { pool } = ask;
  const rows = await db.query<{ token: string; job_id: string; attempt: number; folder: string; index: number | null; attempts_ended: number }>(sql("claim"), [
    pool.name,
    ask.epoch,
    wanted,
    ask.tokens,
    pool.host,
    pool.bootId,
    instantToIso(ask.now),
    ask.jobsFolder,
    "worker",
  ]);
  return rows.map((row) => ({
    token: row.token,
    jobId: row.job_id,
    attempt: row.attempt,
    folder: row.folder,
    index: row.index,
    attemptsEnded: row.attempts_ended,
  }));
}

export type ActiveAttempt = Claimed & {
  readonly state: "starting" | "running";
  readonly host: string;
  readonly bootId: string;
  readonly claimedAt: Instant;
  readonly pid: number | null;
  readonly startTicks: bigint | null;
  readonly startedAt: Instant | null;
};

export async function activeAttempts(db: Database, pool: string): Promise<ActiveAttempt[]> {
  type Row = {
    token: string;
    job_id: string;
    attempt: number;
    folder: string;
    index: number | null;
    attempts_ended: number;
    state: "starting" | "running";
    host: string;
    boot_id: string;
    claimed_at: Instant;
    pid: number | null;
    pid_start: bigint | null;
    started_at: Instant | null;
  };
  const rows = await db.query<Row>({ ...sql("active-attempts"), readOnly: true }, [pool]);
  return rows.map((row) => ({
    token: row.token,
    jobId: row.job_id,
    attempt: row.attempt,
    folder: row.folder,
    index: row.index,
    attemptsEnded: row.attempts_ended,
    state: row.state,
    host: row.host,
    bootId: row.boot_id,
    claimedAt: row.claimed_at,
    pid: row.pid,
    startTicks: row.pid_start,
    startedAt: row.started_at,
  }));
}

/** What launching, watching and judging the tasks of a job takes. */
export type JobFacts = {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly person: string;
  readonly project: string;
  readonly spec: JobSpec;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  readonly grace: Milliseconds;
  readonly retry: RetryRule;
  readonly formula: readonly FormulaTerm[];
  readonly unit: MoneyUnit;
  readonly tasks: number;
};

export async function jobFacts(db: Database, ids: readonly string[]): Promise<JobFacts[]> {
  type Row = {
    id: string;
    number: bigint;
    name: string;
    person: string;
    project: string;
    spec: unknown;
    cores: number;
    memory_mib: bigint;
    time_limit_s: number;
    grace_ms: number;
    retry_count: number;
    retry_on: RetryCause[];
    formula: FormulaTerm[];
    unit: MoneyUnit;
    tasks: number;
  };
  const rows = await db.query<Row>({ ...sql("job-facts"), readOnly: true }, [ids]);
  return rows.map((row) => ({
    id: row.id,
    number: String(row.number),
    name: row.name,
    person: row.person,
    project: row.project,
    spec: jobSpecSchema.parse(row.spec),
    cores: row.cores,
    memory: mib(Number(row.memory_mib)),
    timeLimit: seconds(row.time_limit_s),
    grace: milliseconds(row.grace_ms),
    retry: { count: row.retry_count, on: row.retry_on },
    formula: row.formula,
    unit: row.unit,
    tasks: row.tasks,
  }));
}

export type Seen = { readonly token: string; readonly pid: number; readonly startTicks: bigint; readonly startedAt: Instant };

export async function markRunning(db: Database, seen: readonly Seen[], who: string): Promise<void> {
  if (seen.length === 0) return;
  const rows = seen.map((one) => ({ token: one.token, pid: one.pid, pid_start: String(one.startTicks), started_at: instantToIso(one.startedAt) }));
  await db.query(sql("mark-running"), [JSON.stringify(rows), who]);
}

export type EndedAttempt = {
  readonly token: string;
  readonly endedAt: Instant;
  readonly elapsed: Milliseconds;
  readonly outcome: JobOutcome;
  /** The same in the words by which refunds are decided. */
  readonly endState: EndState;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string;
  readonly results: readonly ResultValue[];
  readonly figure: "estimated" | "metered";
  readonly charge: Micros;
  readonly chargeWords: string;
  readonly flagged: boolean;
  /** The retry rule allows another attempt. */
  readonly again: boolean;
  readonly why: string;
  readonly files: readonly { readonly kind: "input" | "output"; readonly path: string; readonly bytes: number; readonly sha256: string }[];
};

export async function endAttempts(db: Database, ended: readonly EndedAttempt[], who: string): Promise<void> {
  if (ended.length === 0) return;
  const rows = ended.map((one) => ({
    token: one.token,
    ended_at: instantToIso(one.endedAt),
    elapsed_ms: one.elapsed,
    outcome: one.outcome,
    end_state: one.endState,
    exit_code: one.exitCode,
    signal: one.signal,
    reason: cut(one.reason),
    results: one.results.length === 0 ? null : one.results,
    figure: one.figure,
    charge: String(one.charge),
    charge_words: one.chargeWords,
    flagged: one.flagged,
    again: one.again,
    why: cut(one.why),
  }));
  await db.query(sql("end-attempts"), [JSON.stringify(rows), who]);
  const files = ended.flatMap((one) => one.files.map((file) => ({ attempt_id: one.token, ...file })));
  if (files.length > 0) await db.query(sql("insert-files"), [JSON.stringify(files)]);
}

/** The bound of the columns for reasons. */
function cut(words: string): string {
  return words.length <= 2000 ? words : `${words.slice(0, 1997)}...`;
}

export async function revokeLaunches(db: Database, tokens: readonly string[], now: Instant, who: string): Promise<void> {
  if (tokens.length > 0) await db.query(sql("revoke-launches"), [tokens, instantToIso(now), who]);
}

/** Brings out of `waiting` what can come, and ends what never can. Gives how many tasks were moved. */
export async function moveWaiting(db: Database, pool: string, now: Instant): Promise<number> {
  return (await db.query(sql("move-waiting"), [pool, instantToIso(now), "worker"])).length;
}

export async function cancelledActive(db: Database, pool: string): Promise<{ token: string; by: string; reason: string | null }[]> {
  const rows = await db.query<{ token: string; cancel_by: string; cancel_reason: string | null }>({ ...sql("cancelled-active"), readOnly: true }, [pool]);
  return rows.map((row) => ({ token: row.token, by: row.cancel_by, reason: row.cancel_reason }));
}

/** The alert that holds back the jobs of a project that have not started; null when none does. */
export async function heldBack(db: Database, project: string): Promise<{ readonly account: string; readonly alert: bigint } | null> {
  const [row] = await db.query<{ account: string; alert: bigint }>({ ...sql("held-back"), readOnly: true }, [project]);
  return row ?? null;
}

/** Core-milliseconds served to each person, faded to `now`. */
export async function served(db: Database, pool: string, now: Instant, halfLifeMs: number): Promise<Map<string, number>> {
  const rows = await db.query<{ person: string; core_ms: number }>({ ...sql("served"), readOnly: true }, [pool, instantToIso(now), halfLifeMs]);
  return new Map(rows.map((row) => [row.person, row.core_ms]));
}
