import type { Ledger } from "#budget";
import { holdQuoted, makeQuote, type Books } from "#budget/model";
import type { Database } from "#db";
import { instant, instantToIso, micros, type Instant } from "#kernel";
import { partId } from "./part-id.ts";
import { NOWHERE, PARTITIONS, PEOPLE, pick, type Asks, type Dice } from "./random-asks.ts";
import { asRefused } from "./random-changes.ts";

/** A quote that is made, or a reservation that uses one, on both sides. `ask` is the reservation. */
export type QuoteMove = {
  readonly name: string;
  readonly said: unknown;
  readonly ask: Asks["hold"] | null;
  readonly real: (db: Database, ledger: Ledger) => Promise<object>;
  readonly model: (books: Books, real: object) => object;
};

const HOUR_MS = 3_600_000;
const BY = ["owner", "test"];

/** Makes and uses quotes at random: mostly sensible, some used for another account, amount or formula than they promise, some over, some twice, some that are not there. */
export function randomQuotes(books: Books, dice: Dice, seed: number) {
  const prefix = `q${seed}`;
  const ids: string[] = [NOWHERE];
  const made: QuoteMove[] = [];
  const asks: Asks["hold"][] = [];
  let count = 0;

  function next(now: Instant): QuoteMove {
    if (made.length > 0 && dice.below(7) === 0) return pick(dice, made);
    count += 1;
    const move = dice.below(5) < 2 ? promise(now) : use(now);
    made.push(move);
    return move;
  }

  const key = () => (asks.length > 0 && dice.below(20) === 0 ? pick(dice, asks).key : `${prefix}:${count}`);
  const formula = (): Asks["hold"]["formula"] => (dice.below(2) === 0 ? [] : [term(1 + dice.below(2))]);

  function promise(now: Instant): QuoteMove {
    const name = dice.below(30) === 0 ? `${prefix}-nowhere` : pick(dice, [...books.accounts.keys()]);
    const unit = dice.below(30) === 0 ? ("SU" as const) : (books.accounts.get(name)?.node.unit ?? "USD");
    const [id, amount, days] = [
      `01890000-0000-7000-9000-${(seed * 1_000_000 + count).toString(16).padStart(12, "0")}`,
      micros(BigInt(dice.below(60))),
      1 + dice.below(3),
    ];
    // Some were made long ago, so that their time is over.
    const at = instant(now - (dice.below(4) === 0 ? dice.below(80) * HOUR_MS : 0));
    const ask = { key: key(), id, account: name, unit, amount, formula: formula(), days, person: "owner" };
    ids.push(id);
    const price = { amount: String(amount), unit, formula: ask.formula };
    const asked = JSON.stringify({ account: name, work: null, days, ...price });
    const real = [ask.key, id, asked, JSON.stringify({ ...price, words: "as it was promised", free: null }), ...BY, "proposal", instantToIso(at)];
    return { name: "make_quote", said: ask, ask: null, real: (db) => promised(db, real), model: (b) => makeQuote(b, ask, at) };
  }

  function use(now: Instant): QuoteMove {
    const id = ids[Math.max(0, ids.length - 1 - dice.below(6))]!;
    const quote = books.quotes.get(id);
    const by = key();
    const other = dice.below(12);
    const name = quote === undefined || other === 0 ? pick(dice, [...books.accounts.keys()]) : quote.account;
    const ask: Asks["hold"] = {
      key: by,
      account: name,
      unit: other === 1 ? "SU" : (quote?.unit ?? "USD"),
      amount: quote === undefined || other === 2 ? micros(BigInt(dice.below(60))) : quote.amount,
      person: pick(dice, PEOPLE),
      subject: `job:${by}`,
      partition: pick(dice, PARTITIONS),
      expiresAt: dice.below(3) === 0 ? instant(now + dice.below(4 * HOUR_MS)) : null,
      until: dice.below(3) === 0 ? instant(now + dice.below(48 * HOUR_MS)) : null,
      formula: quote === undefined || other === 3 ? formula() : quote.formula,
      expected: null,
      quote: id,
    };
    asks.push(ask);
    return {
      name: "hold_quoted",
      said: ask,
      ask,
      real: async (_db, ledger) => (await ledger.holdMany([ask]))[0]!,
      model: (b, real) => holdQuoted(b, ask, (real as { holdId?: string }).holdId ?? NOWHERE, partId, now),
    };
  }

  return { next };
}

function term(count: number): Asks["hold"]["formula"][number] {
  const common = { resource: "core" as const, spans: [{ name: "time limit", ms: HOUR_MS }], times: 1, rate: "6", free: null, source: "sheet", dated: null };
  return { ...common, count, rounding: "up" as const, amount: String(count * 6) };
}

async function promised(db: Database, values: readonly unknown[]): Promise<object> {
  try {
    const [row] = await db.query<{ id: string }>("select headgate.make_quote($1, $2, $3, $4, $5, $6, $7, $8) as id", values);
    return { kind: "made", id: row!.id };
  } catch (error) {
    return asRefused(error);
  }
}
