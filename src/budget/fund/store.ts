import { loadStatement, type Database } from "#db";
import { micros, type Instant, type Micros } from "#kernel";
import { done, iso, type Author } from "../account-store.ts";
import type { FundPlan } from "./fund.ts";

type Row = {
  readonly account: string;
  readonly mode: FundPlan["mode"];
  readonly funds: readonly string[];
  readonly shares: readonly number[] | null;
  readonly set_by: string;
  readonly set_at: Instant;
};

/** The plans of these accounts, by name; null: of all. */
export async function listFundPlans(db: Database, accounts: readonly string[] | null): Promise<FundPlan[]> {
  const rows = await db.query<Row>({ ...loadStatement("budget", "fund-plans"), values: [accounts], readOnly: true });
  return rows.map((row) => ({
    account: row.account,
    mode: row.mode,
    funds: row.funds.map((account, index) => ({ account, share: row.shares?.[index] ?? null })),
    setBy: row.set_by,
    setAt: row.set_at,
  }));
}

/** Without funds the account pays itself again. True when it was done now, false when by this key before. */
export function setFundPlan(db: Database, plan: Pick<FundPlan, "account" | "mode" | "funds">, key: string, reason: string, by: Author): Promise<boolean> {
  const shares = plan.mode === "share" && plan.funds.length > 0 ? plan.funds.map(({ share }) => share) : null;
  return done(db, "select headgate.set_fund_plan($1, $2, $3, $4, $5, $6, $7, $8, $9) as done", [
    key,
    plan.account,
    plan.mode,
    plan.funds.map(({ account }) => account),
    shares,
    by.person,
    by.source,
    reason,
    iso(by.now),
  ]);
}

export type HoldPart = { readonly account: string; readonly holdId: string; readonly amount: Micros; readonly remaining: Micros; readonly charged: Micros };

/** The parts of reservations out of several funds, by the id that the caller knows; without an entry it is one reservation. */
export async function partsOf(db: Database, holdIds: readonly string[]): Promise<ReadonlyMap<string, readonly HoldPart[]>> {
  const rows = await db.query<{ leader_id: string; account: string; hold_id: string; amount: bigint; remaining: bigint; charged: bigint }>({
    ...loadStatement("budget", "hold-parts"),
    values: [holdIds],
    readOnly: true,
  });
  const parts = new Map<string, HoldPart[]>();
  for (const row of rows) {
    const some = parts.get(row.leader_id) ?? [];
    some.push({ account: row.account, holdId: row.hold_id, amount: micros(row.amount), remaining: micros(row.remaining), charged: micros(row.charged) });
    parts.set(row.leader_id, some);
  }
  return parts;
}
