import { loadStatement, type Database } from "#db";
import type { HourlyRate, Instant } from "#kernel";
import { done, iso, type Author } from "../account-store.ts";

/** `rate`: billionths of a dollar for one service unit. */
export type NewSuRate = { readonly account: string; readonly rate: HourlyRate; readonly dated: string; readonly source: string; readonly approver: string };
export type SuRate = NewSuRate & { readonly ordinal: number; readonly person: string; readonly recordedAt: Instant };

/** True when it was done now, false when by this key before. */
export function setSuRate(db: Database, ask: NewSuRate, key: string, reason: string, by: Author): Promise<boolean> {
  const { account, rate, dated, source, approver } = ask;
  const asked = JSON.stringify({ account, rate: String(rate), dated, source, approver });
  return done(db, "select headgate.set_su_rate($1, $2, $3, $4, $5, $6) as done", [key, asked, by.person, by.source, reason, iso(by.now)]);
}

/** By account, the newest first. `accounts` null: of every account. */
export async function listSuRates(
  db: Database,
  ask: { readonly accounts: readonly string[] | null; readonly after: { readonly account: string; readonly ordinal: number }; readonly limit: number },
): Promise<SuRate[]> {
  type Row = Omit<SuRate, "rate" | "recordedAt"> & { readonly rate: bigint; readonly recorded_at: Instant };
  const rows = await db.query<Row>({
    ...loadStatement("budget", "su-rates"),
    values: [ask.accounts, ask.after.account, ask.after.ordinal, ask.limit],
    readOnly: true,
  });
  return rows.map(({ recorded_at: recordedAt, rate, ...row }) => ({ ...row, rate: rate as HourlyRate, recordedAt }));
}
