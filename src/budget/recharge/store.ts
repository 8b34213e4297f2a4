import { loadStatement, type Database } from "#db";
import { invariant, micros, parseHourlyRate, type HourlyRate, type Instant } from "#kernel";
import type { PricedResource } from "#price";
import { done, iso, type Author } from "../account-store.ts";
import type { RechargePolicy, Recovered, ServiceCost, Span } from "./recharge.ts";

/** `rate`: billionths of a dollar for an hour; `free` exactly when it is 0. `dated`: the day (UTC) from which it holds. */
export type NewRate = {
  readonly resource: PricedResource;
  readonly rate: HourlyRate;
  readonly free: string | null;
  readonly dated: string;
  readonly source: string;
  readonly approver: string;
  readonly agreement: string | null;
};
/** Rates of a laboratory's file have no approver. */
export type ApprovedRate = Omit<NewRate, "approver"> & {
  readonly number: bigint;
  readonly approver: string | null;
  readonly recordedBy: string;
  readonly recordedAt: Instant;
};

type Say = readonly [key: string, reason: string, by: Author];
const said = (asked: object, [key, reason, by]: Say): unknown[] => [key, JSON.stringify(asked), by.person, by.source, reason, iso(by.now)];

/** Gives its number; by the same key again the same one. */
export function setRate(db: Database, { rate, ...ask }: NewRate, ...say: Say): Promise<bigint> {
  return numbered(db, "select headgate.set_rate($1, $2, $3, $4, $5, $6) as number", said({ ...ask, rate: String(rate) }, say));
}

/** True when it was done now, false when by this key before. */
export function setRecharge(db: Database, ask: RechargePolicy & { readonly approver: string }, ...say: Say): Promise<boolean> {
  const asked = { since: ask.since, opening: String(ask.opening), band_days: ask.bandDays, approver: ask.approver };
  return done(db, "select headgate.set_recharge($1, $2, $3, $4, $5, $6) as done", said(asked, say));
}

export type NewCost = ServiceCost & { readonly document: string };
export type Cost = NewCost & {
  readonly number: bigint;
  readonly reverses: bigint | null;
  readonly reversedBy: bigint | null;
  readonly person: string;
  readonly recordedAt: Instant;
};

const RECORD = "select headgate.record_cost($1, $2, $3, $4, $5, $6) as number";

/** Gives its number; by the same key again the same one. */
export function recordCost(db: Database, ask: NewCost, ...say: Say): Promise<bigint> {
  const { fromDay, toDay, amount, category, document } = ask;
  return numbered(db, RECORD, said({ from_day: fromDay, to_day: toDay, amount: String(amount), category, document }, say));
}

export function reverseCost(db: Database, number: bigint, ...say: Say): Promise<bigint> {
  return numbered(db, RECORD, said({ reverses: String(number) }, say));
}

async function numbered(db: Database, text: string, values: unknown[]): Promise<bigint> {
  const [row] = await db.query<{ number: bigint }>(text, values);
  invariant(row !== undefined, "what is recorded has a number");
  return row.number;
}

/** In the order of their numbers. */
export async function listCosts(db: Database, ask: { readonly after: bigint; readonly limit: number }): Promise<Cost[]> {
  type Row = {
    readonly number: bigint;
    readonly from_day: string;
    readonly to_day: string;
    readonly amount: bigint;
    readonly category: string;
    readonly document: string;
    readonly reverses: bigint | null;
    readonly reversed_by: bigint | null;
    readonly person: string;
    readonly recorded_at: Instant;
  };
  const rows = await db.query<Row>({ ...loadStatement("budget", "recharge-costs"), values: [ask.after, ask.limit], readOnly: true });
  return rows.map((row) => ({
    number: row.number,
    fromDay: row.from_day,
    toDay: row.to_day,
    amount: micros(row.amount),
    category: row.category,
    document: row.document,
    reverses: row.reverses,
    reversedBy: row.reversed_by,
    person: row.person,
    recordedAt: row.recorded_at,
  }));
}

/** What holds now; null when nobody decided. */
export async function loadPolicy(
  db: Database,
): Promise<(RechargePolicy & { readonly approver: string; readonly person: string; readonly recordedAt: Instant }) | null> {
  type Row = { since: string; opening: bigint; band_days: number; approver: string; person: string; recorded_at: Instant };
  const [row] = await db.query<Row>({ ...loadStatement("budget", "recharge-policy"), readOnly: true });
  if (row === undefined) return null;
  return {
    since: row.since,
    opening: micros(row.opening),
    bandDays: row.band_days,
    approver: row.approver,
    person: row.person,
    recordedAt: row.recorded_at,
  };
}

/** The newest first; before a number, null: from the newest on. */
export async function listRates(
  db: Database,
  ask: { readonly resource: PricedResource | null; readonly before: bigint | null; readonly limit: number },
): Promise<ApprovedRate[]> {
  type Row = Omit<ApprovedRate, "rate" | "recordedAt" | "recordedBy"> & { readonly rate: bigint; readonly recorded_by: string; readonly recorded_at: Instant };
  const rows = await db.query<Row>({ ...loadStatement("budget", "approved-rates"), values: [ask.resource, ask.before, ask.limit], readOnly: true });
  return rows.map(({ recorded_by: recordedBy, recorded_at: recordedAt, rate, ...row }) => ({ ...row, rate: rate as HourlyRate, recordedBy, recordedAt }));
}

/** What was charged at on-premises rates, and the costs that stand, of these days; read at one moment. */
export async function loadRecovery(db: Database, span: Span): Promise<{ readonly recovered: readonly Recovered[]; readonly costs: readonly ServiceCost[] }> {
  type Charged = { readonly day: string; readonly resource: PricedResource; readonly rate: string; readonly amount: bigint };
  type Standing = { readonly from_day: string; readonly to_day: string; readonly amount: bigint; readonly category: string };
  return db.transaction(
    async (tx) => {
      const charged = await tx.query<Charged>({ ...loadStatement("budget", "recharge-recovered"), values: [span.from, span.before] });
      const standing = await tx.query<Standing>({ ...loadStatement("budget", "recharge-standing-costs"), values: [span.from, span.before] });
      return {
        recovered: charged.map(({ rate, amount, ...row }) => ({ ...row, rate: storedRate(rate), amount: micros(amount) })),
        costs: standing.map((row) => ({ fromDay: row.from_day, toDay: row.to_day, amount: micros(row.amount), category: row.category })),
      };
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

function storedRate(text: string): HourlyRate {
  const rate = parseHourlyRate(text);
  invariant(rate !== undefined, "a stored term of a formula has a rate");
  return rate;
}
