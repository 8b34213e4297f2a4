import { loadStatement, type Database } from "#db";
import { micros, type Micros, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import { done, iso, type Author } from "../account-store.ts";
import type { StandingCost } from "./standing.ts";

export type NewStandingCost = Pick<StandingCost, "name" | "account" | "unit" | "perDay" | "formula" | "source" | "startsOn" | "endsOn">;

/** True when it was done now, false when by this key before. */
export function addStanding(db: Database, cost: NewStandingCost, key: string, reason: string, by: Author): Promise<boolean> {
  const asked = {
    name: cost.name,
    account: cost.account,
    unit: cost.unit,
    per_day: String(cost.perDay),
    formula: cost.formula,
    source: cost.source,
    starts_on: cost.startsOn,
    ends_on: cost.endsOn,
  };
  return done(db, "select headgate.add_standing($1, $2, $3, $4, $5, $6) as done", [key, JSON.stringify(asked), by.person, by.source, reason, iso(by.now)]);
}

export function endStanding(db: Database, name: string, endsOn: string, key: string, reason: string, by: Author): Promise<boolean> {
  return done(db, "select headgate.end_standing($1, $2, $3, $4, $5, $6, $7) as done", [key, name, endsOn, by.person, by.source, reason, iso(by.now)]);
}

type Row = {
  readonly name: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly per_day: bigint;
  readonly formula: FormulaTerm[];
  readonly source: string;
  readonly person: string;
  readonly starts_on: string;
  readonly ends_on: string | null;
  readonly accrued_to: string;
  readonly hold_id: string | null;
  readonly held_to: string | null;
  readonly payer_ends_on: string | null;
  readonly placed_amount: bigint | null;
  readonly placed_to: string | null;
  readonly reserved_to: string | null;
};

/** `payerEndsOn`: the last day of the account that pays, or of one above it. `placed`: what its reservation came to when it was placed, and up to which day. */
export type StandingRow = StandingCost & { readonly payerEndsOn: string | null; readonly placed: { readonly amount: Micros; readonly upTo: string } | null };

/** `names` and `accounts` null: all; `on`: only what stands on that day or later, or still has a reservation. */
export async function listStanding(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly name: string | null;
    readonly on: string | null;
    readonly after: string;
    readonly limit: number;
  },
): Promise<StandingRow[]> {
  const rows = await db.query<Row>({
    ...loadStatement("budget", "standing-costs"),
    values: [ask.accounts, ask.name, ask.on, ask.after, ask.limit],
    readOnly: true,
  });
  return rows.map((row) => ({
    name: row.name,
    account: row.account,
    unit: row.unit,
    perDay: micros(row.per_day),
    formula: row.formula,
    source: row.source,
    person: row.person,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    accruedTo: row.accrued_to,
    holdId: row.hold_id,
    heldTo: row.held_to,
    reservedTo: row.reserved_to,
    payerEndsOn: row.payer_ends_on,
    placed: row.placed_amount === null || row.placed_to === null ? null : { amount: micros(row.placed_amount), upTo: row.placed_to },
  }));
}

export async function noteStanding(
  db: Database,
  { name, accruedTo, holdId, heldTo }: Pick<StandingCost, "name" | "accruedTo" | "holdId" | "heldTo">,
): Promise<void> {
  await db.query("select headgate.note_standing($1, $2, $3, $4)", [name, accruedTo, holdId, heldTo]);
}

/** The reservation of a cost that was made and not noted, because who made it was killed; null when there is none. */
export async function openHoldOf(db: Database, name: string): Promise<{ readonly holdId: string; readonly heldTo: string } | null> {
  const [row] = await db.query<{ id: string; held_to: string }>({ ...loadStatement("budget", "standing-hold"), values: [name], readOnly: true });
  return row === undefined ? null : { holdId: row.id, heldTo: row.held_to };
}
