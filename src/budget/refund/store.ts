import { loadStatement, type Database } from "#db";
import type { Instant } from "#kernel";
import { done, iso, type Author } from "../account-store.ts";
import type { EndState } from "./contract.ts";
import type { RefundRule } from "./refund.ts";

export type NewRefundRule = Pick<RefundRule, "account" | "state" | "share">;

/** True when it was done now, false when by this key before. */
export function setRefundRule(db: Database, rule: NewRefundRule, key: string, reason: string, by: Author): Promise<boolean> {
  const asked = JSON.stringify({ account: rule.account, state: rule.state, share: rule.share });
  return done(db, "select headgate.set_refund_rule($1, $2, $3, $4, $5, $6) as done", [key, asked, by.person, by.source, reason, iso(by.now)]);
}

/** By account, the newest first. `accounts` null: of every account; without `all` only what stands. */
export function listRefundRules(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly all: boolean;
    readonly after: { readonly account: string; readonly ordinal: number };
    readonly limit: number;
  },
): Promise<RefundRule[]> {
  return db.query<{ account: string; ordinal: number; state: EndState; share: number | null; since: Instant; reason: string; person: string }>({
    ...loadStatement("budget", "refund-rules"),
    values: [ask.accounts, ask.all, ask.after.account, ask.after.ordinal, ask.limit],
    readOnly: true,
  });
}
