import { loadStatement, type Database } from "#db";
import { mib, micros, milliseconds, sumMicros, ZERO_MICROS, type Instant, type MiB, type Micros, type Milliseconds } from "#kernel";
import type { JobOutcome } from "./contract.ts";
import type { ResultValue } from "./ports.ts";

/** What is shown of attempts: how they went, what they left, what they cost, what they occupy. */

const sql = (name: string) => ({ ...loadStatement("job", name), readOnly: true });

function ms(value: bigint | null): Milliseconds | null {
  return value === null ? null : milliseconds(Number(value));
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
  type Raw = {
    token: string;
    index: number | null;
    attempt: number;
    started_at: Instant | null;
    ended_at: Instant | null;
    elapsed_ms: bigint | null;
    outcome: JobOutcome | null;
    exit_code: number | null;
    signal: string | null;
    pid: number | null;
    host: string;
    folder: string;
    reason: string | null;
    results: ResultValue[] | null;
    state: string;
    charge: bigint | null;
    figure: "estimated" | "metered" | null;
  };
  const rows = await db.query<Raw>(sql("list-attempts"), [jobId, ask.index, ask.limit]);
  return rows.map((row) => ({
    token: row.token,
    index: row.index,
    attempt: row.attempt,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    elapsed: ms(row.elapsed_ms),
    outcome: row.outcome,
    exitCode: row.exit_code,
    signal: row.signal,
    pid: row.pid,
    host: row.host,
    folder: row.folder,
    reason: row.reason,
    results: row.results ?? [],
    over: row.state === "ended" || row.state === "settled",
    settled: row.state === "settled",
    charge: row.charge === null ? null : micros(row.charge),
    figure: row.figure,
  }));
}

export async function listFiles(
  db: Database,
  token: string,
  limit: number,
): Promise<{ kind: "input" | "output"; path: string; bytes: number; sha256: string }[]> {
  const rows = await db.query<{ kind: "input" | "output"; path: string; bytes: bigint; sha256: string }>(sql("list-files"), [token, limit]);
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

export type ChargeRow = {
  readonly index: number | null;
  readonly attempt: number;
  readonly cores: number;
  readonly elapsed: Milliseconds;
  readonly charge: Micros;
  /** What was given back of it. */
  readonly refunded: Micros;
  readonly figure: "estimated" | "metered";
  readonly words: string;
};

/** What each attempt was charged, and what was given back of all of them. */
export type JobCharges = { readonly lines: readonly ChargeRow[]; readonly refunded: Micros };

export async function listCharges(db: Database, jobId: string, ask: { readonly index: number | null; readonly limit: number }): Promise<JobCharges> {
  const refunds = await db.query<{ token: string; refunded: bigint }>(sql("refunded"), [jobId, ask.index]);
  const refundedOf = new Map(refunds.map((row) => [row.token, micros(row.refunded)]));
  const rows = await db.query<{
    token: string;
    index: number | null;
    attempt: number;
    cores: number;
    elapsed_ms: bigint;
    charge: bigint;
    figure: "estimated" | "metered";
    charge_words: string;
  }>(sql("list-charges"), [jobId, ask.index, ask.limit]);
  const lines = rows.map((row) => ({
    index: row.index,
    attempt: row.attempt,
    cores: row.cores,
    elapsed: milliseconds(Number(row.elapsed_ms)),
    charge: micros(row.charge),
    refunded: refundedOf.get(row.token) ?? ZERO_MICROS,
    figure: row.figure,
    words: row.charge_words,
  }));
  return { lines, refunded: sumMicros([...refundedOf.values()]) };
}

export type OccupiedRow = {
  readonly person: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly startedAt: Instant;
  readonly occupies: Milliseconds;
  readonly number: string;
  readonly index: number | null;
};

export async function occupied(db: Database, pool: string): Promise<OccupiedRow[]> {
  type Raw = {
    person: string;
    cores: number;
    memory_mib: bigint;
    started_at: Instant;
    time_limit_s: number;
    grace_ms: number;
    number: bigint;
    index: number | null;
  };
  const rows = await db.query<Raw>(sql("occupied"), [pool]);
  return rows.map((row) => ({
    person: row.person,
    cores: row.cores,
    memory: mib(Number(row.memory_mib)),
    startedAt: row.started_at,
    occupies: milliseconds(row.time_limit_s * 1000 + row.grace_ms),
    number: String(row.number),
    index: row.index,
  }));
}

/** How long completed runs took: for estimates. */
export type RunTimeRow = {
  readonly case: string | null;
  readonly parametersHash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cores: number;
  readonly elapsed: Milliseconds;
  readonly endedAt: Instant;
  readonly host: string;
};

export async function readRunTimes(db: Database, ask: { readonly app: string; readonly case: string | null; readonly limit: number }): Promise<RunTimeRow[]> {
  type Raw = {
    app_case: string | null;
    parameters_hash: string;
    parameters: Record<string, unknown>;
    cores: number;
    elapsed_ms: bigint;
    ended_at: Instant;
    host: string;
  };
  const rows = await db.query<Raw>(sql("run-times"), [ask.app, ask.case, ask.limit]);
  return rows.map((row) => ({
    case: row.app_case,
    parametersHash: row.parameters_hash,
    parameters: row.parameters,
    cores: row.cores,
    elapsed: milliseconds(Number(row.elapsed_ms)),
    endedAt: row.ended_at,
    host: row.host,
  }));
}
