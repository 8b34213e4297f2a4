import { loadSql, type Database } from "#db";
import { instantToIso, micros, microsToDecimal, type Instant, type MoneyUnit } from "#kernel";
import type { OldTransaction } from "./contract.ts";

export type TransactionAsk = {
  readonly account: string | null;
  readonly type: string | null;
  readonly status: string | null;
  readonly job: string | null;
  readonly from: Instant | null;
  readonly before: Instant | null;
  /** Only what was done for this person; null: whatever there is. */
  readonly own: string | null;
  readonly limit: number;
  readonly offset: number;
  readonly number: string | null;
};

type Row = {
  number: bigint;
  account: string;
  job: bigint | null;
  hold_id: string | null;
  type: OldTransaction["type"];
  amount: bigint;
  unit: MoneyUnit;
  why: string;
  person: string;
  key: string;
  booked_at: Instant;
  status: OldTransaction["status"];
  closed_at: Instant | null;
};

export async function oldTransactions(db: Database, ask: TransactionAsk): Promise<OldTransaction[]> {
  const iso = (at: Instant | null) => (at === null ? null : instantToIso(at));
  const rows = await db.query<Row>({
    text: loadSql("report", "transactions"),
    values: [ask.account, ask.type, ask.status, ask.job, iso(ask.from), iso(ask.before), ask.own, ask.limit, ask.offset, ask.number],
    readOnly: true,
  });
  return rows.map((row) => ({
    id: String(row.number),
    account_id: row.account,
    job_id: row.job === null ? null : String(row.job),
    transaction_id: row.key,
    hold_id: row.hold_id,
    type: row.type,
    amount: microsToDecimal(micros(row.amount)),
    unit: row.unit,
    description: row.why,
    person: row.person,
    status: row.status,
    created_at: instantToIso(row.booked_at),
    completed_at: row.status === "pending" ? null : iso(row.type === "hold" ? row.closed_at : row.booked_at),
  }));
}
