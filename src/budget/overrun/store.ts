import { loadStatement, type Database } from "#db";
import type { Instant } from "#kernel";
import { done, iso, type Author } from "../account-store.ts";
import type { OverrunPolicyView } from "./contract.ts";

export type OverrunPolicy = Omit<OverrunPolicyView, "since"> & { readonly since: Instant };
export type NewOverrunPolicy = Pick<OverrunPolicy, "account" | "policy" | "advance">;

/** True when it was done now, false when by this key before. */
export function setOverrunPolicy(db: Database, { account, policy, advance }: NewOverrunPolicy, key: string, reason: string, by: Author): Promise<boolean> {
  const asked = JSON.stringify({ account, policy, advance });
  return done(db, "select headgate.set_overrun_policy($1, $2, $3, $4, $5, $6) as done", [key, asked, by.person, by.source, reason, iso(by.now)]);
}

/** By the name of the account. `accounts` null: of every account. */
export function listOverrunPolicies(
  db: Database,
  ask: { readonly accounts: readonly string[] | null; readonly after: string; readonly limit: number },
): Promise<OverrunPolicy[]> {
  return db.query<OverrunPolicy>({ ...loadStatement("budget", "overrun-policies"), values: [ask.accounts, ask.after, ask.limit], readOnly: true });
}
