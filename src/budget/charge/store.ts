import type { Database } from "#db";
import { instantToIso, micros, type Instant } from "#kernel";
import { problemCode } from "../ledger-store.ts";
import type { ChargeAnswer, ChargeAsk } from "./charge.ts";

type ChargeRow = { readonly code: string | null; readonly number: bigint; readonly charged: bigint; readonly overrun: bigint; readonly replayed: boolean };

export async function chargeMany(db: Database, asks: readonly ChargeAsk[], source: string, now: Instant): Promise<ChargeAnswer[]> {
  const document = asks.map((ask) => ({
    key: ask.key,
    account: ask.account,
    unit: ask.unit ?? "USD",
    amount: String(ask.amount),
    person: ask.person,
    subject: ask.subject,
    partition: ask.partition ?? null,
    figure: ask.figure,
    at: instantToIso(ask.at),
    note: ask.note,
    by_person: ask.by?.person ?? null,
    source: ask.by?.source ?? source,
    detail: ask.partition == null ? (ask.detail ?? null) : { ...ask.detail, partition: ask.partition },
  }));
  const rows = await db.query<ChargeRow>({
    name: "ledger-charge",
    text: "select code, number, charged, overrun, replayed from headgate.charge_dated($1, $2)",
    values: [JSON.stringify(document), instantToIso(now)],
  });
  return rows.map((row, index) => {
    if (row.code !== null) return { kind: "refused", code: problemCode(row.code), account: asks[index]!.account };
    return { kind: "charged", number: row.number, charged: micros(row.charged), overrun: micros(row.overrun), replayed: row.replayed };
  });
}
