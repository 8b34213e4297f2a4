import type { Database } from "#db";
import { instantToIso, micros, type Instant } from "#kernel";
import { problemCode } from "../ledger-store.ts";
import type { RenewAnswer, RenewAsk } from "./renew.ts";

type RenewRow = {
  readonly code: string | null;
  readonly account: string | null;
  readonly available: bigint;
  readonly amount: bigint | null;
  readonly returned: bigint;
  readonly expires_at: Instant | null;
  readonly replayed: boolean;
};

export async function renewMany(db: Database, asks: readonly RenewAsk[], source: string, now: Instant): Promise<RenewAnswer[]> {
  const document = asks.map((ask) => ({
    key: ask.key,
    hold_id: ask.holdId,
    amount: ask.amount === null ? null : String(ask.amount),
    expires_at: ask.expiresAt === null ? null : instantToIso(ask.expiresAt),
    until: ask.until == null ? null : instantToIso(ask.until),
    at: instantToIso(ask.at),
    note: ask.note,
    by_person: ask.by?.person ?? null,
    source: ask.by?.source ?? source,
    detail: { formula: ask.formula ?? [] },
  }));
  const rows = await db.query<RenewRow>({
    name: "ledger-renew",
    text: "select code, account, available, amount, returned, expires_at, replayed from headgate.renew_funded($1, $2)",
    values: [JSON.stringify(document), instantToIso(now)],
  });
  return rows.map((row) => {
    const amount = micros(row.amount ?? 0n);
    if (row.code !== null)
      return {
        kind: "refused",
        code: problemCode(row.code),
        account: row.account ?? "",
        available: micros(row.available),
        asked: amount,
      };
    return { kind: "renewed", amount, returned: micros(row.returned), expiresAt: row.expires_at, replayed: row.replayed };
  });
}
