import { loadStatement, type Database } from "#db";
import { instantToIso, micros, type Instant, type MoneyUnit } from "#kernel";
import type { Orphan, OrphanKind } from "./orphan.ts";

type Row = {
  readonly kind: OrphanKind;
  readonly hold_id: string | null;
  readonly job_id: string | null;
  readonly number: bigint | null;
  readonly account: string;
  readonly person: string;
  readonly unit: MoneyUnit;
  readonly amount: bigint;
  readonly since: Instant;
  readonly own: boolean;
};

export async function findOrphans(db: Database, before: Instant, limit: number): Promise<Orphan[]> {
  const rows = await db.query<Row>({ ...loadStatement("job", "orphans"), values: [instantToIso(before), limit], readOnly: true });
  return rows.map((row) => ({
    kind: row.kind,
    holdId: row.hold_id,
    jobId: row.job_id,
    number: row.number === null ? null : String(row.number),
    account: row.account,
    person: row.person,
    unit: row.unit,
    amount: micros(row.amount),
    since: row.since,
    own: row.own,
  }));
}

export async function takeHold(db: Database, jobId: string, oldHold: string, newHold: string): Promise<void> {
  await db.query(loadStatement("job", "take-hold"), [jobId, oldHold, newHold]);
}
