import type { Database } from "#db";
import { instantToIso, micros, type Instant } from "#kernel";
import { problemCode } from "../ledger-store.ts";
import type { AdjustAnswer, AdjustAsk } from "./adjust.ts";

type AdjustRow = {
  readonly code: string | null;
  readonly number: bigint;
  readonly refundable: bigint;
  readonly covered: bigint;
  readonly overrun: bigint;
  readonly replayed: boolean;
};

export async function adjustMany(db: Database, asks: readonly AdjustAsk[], now: Instant): Promise<AdjustAnswer[]> {
  const document = asks.map((ask) => ({
    key: ask.key,
    kind: ask.kind,
    mends: String(ask.mends),
    amount: String(ask.amount),
    bearer: ask.kind === "write-off" ? ask.bearer : null,
    at: instantToIso(ask.at),
    note: ask.note,
    approver: ask.approver,
    by_person: ask.by.person,
    source: ask.by.source,
  }));
  const rows = await db.query<AdjustRow>({
    name: "ledger-adjust",
    text: "select code, number, refundable, covered, overrun, replayed from headgate.adjust_many($1, $2)",
    values: [JSON.stringify(document), instantToIso(now)],
  });
  return rows.map((row) => {
    if (row.code !== null) return { kind: "refused", code: problemCode(row.code), refundable: micros(row.refundable) };
    return { kind: "adjusted", number: row.number, covered: micros(row.covered), overrun: micros(row.overrun), replayed: row.replayed };
  });
}
