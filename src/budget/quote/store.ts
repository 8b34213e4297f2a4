import { loadStatement, type Database } from "#db";
import { invariant, micros, type Instant, type MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import { iso, type Author } from "../account-store.ts";
import { checkAmount, checkFormula } from "../check-ask.ts";
import { asRefusal } from "../ledger-refusal.ts";
import type { PriceQuote, QuotedPrice, QuotedWork } from "./quote.ts";

export type NewQuote = {
  readonly key: string;
  readonly id: string;
  readonly account: string;
  readonly work: QuotedWork | null;
  readonly price: QuotedPrice;
  readonly days: number;
  readonly reason: string;
};

/** Promises a price; gives the quote's id, that of the first time when the key made one. Throws what the ledger refuses with. */
export async function makeQuote(db: Database, quote: NewQuote, by: Author): Promise<string> {
  const { account, work, days, price } = quote;
  checkAmount(price.amount);
  checkFormula(JSON.stringify(price.formula));
  // A job is told by its work: rates that were raised since make no other request of the same one.
  const asked = work === null ? { account, work, days, amount: String(price.amount), unit: price.unit, formula: price.formula } : { account, work, days };
  const priced = { amount: String(price.amount), unit: price.unit, formula: price.formula, words: price.words.slice(0, 2000), free: price.free };
  try {
    const [row] = await db.query<{ id: string }>("select headgate.make_quote($1, $2, $3, $4, $5, $6, $7, $8) as id", [
      quote.key,
      quote.id,
      JSON.stringify(asked),
      JSON.stringify(priced),
      by.person,
      by.source,
      quote.reason,
      iso(by.now),
    ]);
    invariant(row !== undefined, "a function gives one row");
    return row.id;
  } catch (error) {
    throw asRefusal(error);
  }
}

type Row = {
  readonly id: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly amount: bigint;
  readonly formula: FormulaTerm[];
  readonly words: string;
  readonly free: string | null;
  readonly work: QuotedWork | null;
  readonly reason: string;
  readonly person: string;
  readonly made_at: Instant;
  readonly valid_until: Instant;
  readonly hold_id: string | null;
  readonly used_at: Instant | null;
};

/** The newest first. `accounts` and `id` null: all; `usableAt`: only those that can be used then. */
export async function listQuotes(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly id: string | null;
    readonly usableAt: Instant | null;
    readonly before: string | null;
    readonly limit: number;
  },
): Promise<PriceQuote[]> {
  const rows = await db.query<Row>({
    ...loadStatement("budget", "quotes"),
    values: [ask.accounts, ask.id, iso(ask.usableAt), ask.before, ask.limit],
    readOnly: true,
  });
  return rows.map(({ made_at, valid_until, hold_id, used_at, ...row }) => ({
    ...row,
    amount: micros(row.amount),
    madeAt: made_at,
    validUntil: valid_until,
    holdId: hold_id,
    usedAt: used_at,
  }));
}

/** Null when there is none. */
export async function findQuote(db: Database, id: string): Promise<PriceQuote | null> {
  const [quote] = await listQuotes(db, { accounts: null, id, usableAt: null, before: null, limit: 1 });
  return quote ?? null;
}
