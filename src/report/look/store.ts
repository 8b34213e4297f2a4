import { loadSql, type Database } from "#db";
import { instantToIso, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";

type BalanceRow = { unit: MoneyUnit; as_of: Instant | null; allocated: bigint; overrun: bigint; spent: bigint; held: bigint; leased: bigint };

export async function balanceOf(db: Database, account: string, at: Instant): Promise<BalanceRow | null> {
  const [row] = await db.query<BalanceRow>({ text: loadSql("report", "balance"), values: [account, instantToIso(at)], readOnly: true });
  return row ?? null;
}

export type WhyHold = {
  readonly id: string;
  readonly account: string;
  readonly person: string;
  readonly unit: MoneyUnit;
  readonly subject: string;
  readonly amount: bigint;
  readonly charged: bigint;
  readonly remaining: bigint;
  readonly state: string;
  readonly formula: readonly FormulaTerm[] | null;
  readonly job: bigint | null;
  readonly job_name: string | null;
};

/** The reservations of a job's number, or of one of them. */
export function whyHolds(db: Database, ask: { readonly number: string | null; readonly id: string | null }): Promise<WhyHold[]> {
  return db.query<WhyHold>({ text: loadSql("report", "why-holds"), values: [ask.number, ask.id], readOnly: true });
}

export type WhyMovement = {
  readonly number: bigint;
  readonly booked_at: Instant;
  readonly served_at: Instant;
  readonly kind: string;
  readonly account: string;
  readonly by_person: string;
  readonly source: string;
  readonly why: string;
  readonly figure: string | null;
  readonly amount: Micros;
  readonly entries: readonly { readonly account: string; readonly from: string; readonly to: string; readonly amount: string }[];
};

/** An array of ten thousand tasks has as many charges; more is cut. */
const MOVEMENTS_MAX = 20_000;

export async function whyMovements(db: Database, holds: readonly string[]): Promise<WhyMovement[]> {
  const rows = await db.query<WhyMovement>({ text: loadSql("report", "why"), values: [holds, MOVEMENTS_MAX], readOnly: true });
  return rows.map((row) => ({ ...row, amount: micros(row.amount) }));
}
