import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { done, iso, type Author } from "../account-store.ts";
import type { FigureQuality } from "../ledger-types.ts";
import type { IdleRule, Overhead, OverheadKind, OverheadUsage } from "./overhead.ts";

export type OverheadAsk = Pick<Overhead, "cluster" | "account" | "alarm" | "idle">;

/** True when it was done now, false when by this key before. */
export function setOverhead(db: Database, ask: OverheadAsk, key: string, reason: string, by: Author): Promise<boolean> {
  const asked = { cluster: ask.cluster, account: ask.account, alarm: ask.alarm, idle_payer: ask.idle.payer, idle_minutes: ask.idle.minutes };
  return done(db, "select headgate.set_overhead($1, $2, $3, $4, $5, $6) as done", [key, JSON.stringify(asked), by.person, by.source, reason, iso(by.now)]);
}

export type OverheadCharge = {
  readonly cluster: string;
  readonly kind: OverheadKind;
  readonly amount: Micros;
  readonly figure: FigureQuality;
  readonly at: Instant;
  readonly note: string;
};

export type ChargedRow = {
  readonly code: string | null;
  readonly number: bigint;
  readonly charged: bigint;
  readonly overrun: bigint;
  readonly replayed: boolean;
  readonly account: string | null;
  readonly unit: MoneyUnit | null;
};

export async function chargeOverhead(db: Database, ask: OverheadCharge, key: string, by: Author): Promise<ChargedRow> {
  const document = {
    key,
    amount: String(ask.amount),
    person: by.person,
    figure: ask.figure,
    at: instantToIso(ask.at),
    note: ask.note,
    by_person: by.person,
    source: by.source,
  };
  const [row] = await db.query<ChargedRow>("select code, number, charged, overrun, replayed, account, unit from headgate.charge_overhead($1, $2, $3, $4)", [
    ask.cluster,
    ask.kind,
    JSON.stringify(document),
    instantToIso(by.now),
  ]);
  invariant(row !== undefined, "one charge has one answer");
  return row;
}

type Row = {
  readonly cluster: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly alarm: number;
  readonly idle_payer: IdleRule["payer"];
  readonly idle_minutes: number;
  readonly raised_at: Instant | null;
  readonly cleared_at: Instant | null;
  readonly allocated: bigint;
  readonly overrun: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly leased: bigint;
};

/** `accounts` and `cluster` null: all. */
export async function listOverhead(
  db: Database,
  ask: { readonly accounts: readonly string[] | null; readonly cluster: string | null; readonly after: string; readonly limit: number },
): Promise<Overhead[]> {
  const rows = await db.query<Row>({
    ...loadStatement("budget", "overheads"),
    values: [ask.accounts, ask.cluster, ask.after, ask.limit],
    readOnly: true,
  });
  return rows.map((row) => ({
    cluster: row.cluster,
    account: row.account,
    unit: row.unit,
    alarm: row.alarm,
    idle: { payer: row.idle_payer, minutes: row.idle_minutes },
    raisedAt: row.raised_at,
    clearedAt: row.cleared_at,
    allocated: micros(row.allocated),
    overrun: micros(row.overrun),
    spent: micros(row.spent),
    held: micros(row.held),
    leased: micros(row.leased),
  }));
}

/** By date of service, from the first moment to before the second; only what was charged to `accounts` (null: all). */
export async function overheadUsage(
  db: Database,
  ask: { readonly cluster: string; readonly from: Instant; readonly before: Instant; readonly accounts: readonly string[] | null },
): Promise<OverheadUsage[]> {
  const rows = await db.query<{ kind: OverheadKind; charges: number; amount: bigint }>({
    ...loadStatement("budget", "overhead-usage"),
    values: [ask.cluster, instantToIso(ask.from), instantToIso(ask.before), ask.accounts],
    readOnly: true,
  });
  return rows.map((row) => ({ ...row, amount: micros(row.amount) }));
}

/** Raises and clears alarms; gives how many. */
export async function turnAlarms(db: Database, source: string, now: Instant): Promise<number> {
  const [row] = await db.query<{ count: number }>("select headgate.turn_alarms($1, $2) as count", [source, instantToIso(now)]);
  return row?.count ?? 0;
}
