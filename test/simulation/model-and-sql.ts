import { isDeepStrictEqual } from "node:util";
import { openLedger, type Ledger } from "#budget";
import { adjust, charge, emptyBooks, expire, expireLeases, holdFunded, releaseFunded, renewFunded, settleFunded, type Books } from "#budget/model";
import type { Database } from "#db";
import { addMs, instant, manualClock, micros, milliseconds, seededRandomness, type Instant } from "#kernel";
import { partId } from "./part-id.ts";
import { NOWHERE, randomAsks, type AskKind, type Asks, type Dice } from "./random-asks.ts";
import { moveAward, randomAwards, type AwardMove } from "./random-awards.ts";
import { randomExemption } from "./random-exemptions.ts";
import { change, opening, openingAtRisk, randomChange, type Change } from "./random-changes.ts";
import { moveLease, randomLeases, type LeaseMove } from "./random-leases.ts";
import { comparePolicies, randomPolicy } from "./random-policies.ts";
import { randomQuotes, type QuoteMove } from "./random-quotes.ts";

/*
 * The reference model and the SQL: the same random work to both, and every answer, every balance and every reservation equal. What fails replays exactly from its seed.
 */

export type Comparison = { readonly operations: number; readonly differences: readonly string[] };
/** Without `overrun` nobody decides about costs that do not fit: where somebody ever did, SQL settles one after the other, so that what it does with many is seen elsewhere. */
export type ComparisonSize = { readonly operations: number; readonly batchMax: number; readonly overrun: boolean };

/** More differences say nothing that the first do not. */
const DIFFERENCES_MAX = 5;

const START = instant(Date.UTC(2028, 1, 28, 20));

/** How often each kind of work comes up, of a hundred rounds. */
const WORK: readonly (readonly [AskKind | "change" | "exemption" | "policy" | "quote" | "lease" | "award" | "expire" | "time", number])[] = [
  ["hold", 24],
  ["settle", 20],
  ["release", 6],
  ["charge", 9],
  ["adjust", 8],
  ["renew", 9],
  ["change", 7],
  ["exemption", 1],
  ["policy", 2],
  ["quote", 2],
  ["lease", 4],
  ["award", 3],
  ["time", 3],
  ["expire", 2],
];

export async function compareModelWithSql(db: Database, seed: number, { operations, batchMax, overrun }: ComparisonSize): Promise<Comparison> {
  const dice = seededRandomness(seed * 7919 + 1);
  const books = emptyBooks();
  const clock = manualClock(START);
  const ledger = openLedger(db, clock, { holdWriters: 1 });
  const prefix = `m${seed}`;
  const asks = randomAsks(books, dice, prefix);
  const leases = randomLeases(books, dice, seed);
  const awards = randomAwards(books, dice, seed);
  const quotes = randomQuotes(books, dice, seed);
  const pair = pairOf({ db, ledger, books, dice, asks });
  await openTree(pair, dice, prefix, { overrun });
  for (let round = 0; pair.count() < operations && pair.differences.length < DIFFERENCES_MAX; round += 1) {
    const kind = workAt(dice.below(100));
    const size = 1 + dice.below(batchMax);
    if (kind === "time") clock.advance(dice.below(5_400_000));
    else if (kind === "expire") await pair.expireAll(clock.now());
    else if (kind === "lease") for (let index = 0; index < 2 + size / 2; index += 1) await pair.lease(leases.next(clock.now()));
    else if (kind === "award") for (let index = 0; index < 2 + size / 2; index += 1) await pair.award(awards.next(clock.now()));
    else if (kind === "quote") for (let index = 0; index < 2 + size / 2; index += 1) await pair.quote(quotes.next(clock.now()));
    else if (kind === "policy")
      for (let index = 0; index < 4; index += 1) await pair.change(randomPolicy(books, dice, `${prefix}:policy:${round}-${index}`, clock.now(), { overrun }));
    else if (kind === "exemption")
      for (let index = 0; index < 3; index += 1) await pair.change(randomExemption(books, dice, `${prefix}:exemption:${round}-${index}`, clock.now()));
    else if (kind === "change")
      for (let index = 0; index < 1 + size / 8; index += 1) await pair.change(randomChange(books, dice, `${prefix}:change:${round}-${index}`, clock.now()));
    else await pair.batch(kind, size, clock.now());
  }
  // What is left open with a time of its own would be given back in the middle of the next seed.
  clock.set(addMs(clock.now(), milliseconds(30 * 86_400_000)));
  await pair.expireAll(clock.now());
  await pair.compareBooks();
  await ledger.close();
  return { operations: pair.count(), differences: pair.differences.map((words) => `seed ${seed}: ${words}`) };
}

function workAt(roll: number): (typeof WORK)[number][0] {
  let upto = 0;
  for (const [kind, share] of WORK) {
    upto += share;
    if (roll < upto) return kind;
  }
  return "hold";
}

/** Up to four levels in dollars and one account in service units, with limits that a few hundred asks come near to. */
async function openTree(pair: ReturnType<typeof pairOf>, dice: Dice, prefix: string, { overrun }: Pick<ComparisonSize, "overrun">): Promise<void> {
  const depths = new Map<string, number>();
  for (let index = 0; index < 12; index += 1) {
    const parents = [...depths].filter(([, depth]) => depth < 3);
    const [parent, above] = index === 0 || index === 11 ? [null, -1] : parents[dice.below(parents.length)]!;
    const name = `${prefix}-${index}`;
    if (index < 11) depths.set(name, above + 1);
    const endsAt = dice.below(4) === 0 ? addMs(START, milliseconds(3_600_000 * (1 + dice.below(60)))) : null;
    await pair.change(opening(`open:${name}`, name, above + 1, parent, index === 11 ? "SU" : "USD", null, endsAt, START));
  }
  for (let index = 0; index < 2; index += 1)
    await pair.change(openingAtRisk(`open:${prefix}-risk-${index}`, `${prefix}-risk-${index}`, index === 0 ? null : `${prefix}-1`, START));
  for (let index = 0; index < 24; index += 1) await pair.change(randomChange(pair.books, dice, `${prefix}:fund:${index}`, START));
  for (let index = 0; index < 12; index += 1) await pair.change(randomPolicy(pair.books, dice, `${prefix}:first-policy:${index}`, START, { overrun }));
}

type Sides = { readonly db: Database; readonly ledger: Ledger; readonly books: Books; readonly dice: Dice; readonly asks: ReturnType<typeof randomAsks> };

function pairOf({ db, ledger, books, dice, asks }: Sides) {
  const differences: string[] = [];
  const asked: { [Kind in AskKind]: Asks[Kind][] } = { hold: [], settle: [], release: [], charge: [], adjust: [], renew: [] };
  let count = 0;

  function compare(words: string, real: unknown, model: unknown): void {
    if (isDeepStrictEqual(real, model) || differences.length >= DIFFERENCES_MAX) return;
    differences.push(`${words}: SQL ${text(real)}, model ${text(model)}`);
  }

  /** A new ask, one that was made before, or another under the key of one that was made before. */
  function next<Kind extends AskKind>(kind: Kind, batch: readonly Asks[Kind][], now: Instant): Asks[Kind] {
    const before = asked[kind];
    const all = dice.below(2) === 0 ? before : batch;
    if (all.length > 0 && dice.below(7) === 0) return all[dice.below(all.length)]!;
    const made = asks.make[kind](now) as Asks[Kind];
    const others = asked[dice.below(5) === 0 ? (dice.below(2) === 0 ? "hold" : "settle") : kind];
    return others.length > 0 && dice.below(25) === 0 ? { ...made, key: others[dice.below(others.length)]!.key } : made;
  }

  async function batch<Kind extends AskKind>(kind: Kind, size: number, now: Instant): Promise<void> {
    const made: Asks[Kind][] = [];
    for (let index = 0; index < size; index += 1) {
      const ask = next(kind, made, now);
      // Two different asks under one key in one call: which of them was meant is nobody's promise.
      if (!made.some((other) => other.key === ask.key && other !== ask)) made.push(ask);
    }
    const real = await RUN[kind](ledger, kind === "adjust" ? ((await withRealNumbers(db, books, made as Asks["adjust"][])) as Asks[Kind][]) : made);
    for (const [index, ask] of made.entries()) {
      const answer = real[index] as Record<string, unknown>;
      const modelled = modelAnswer(kind, ask, answer, now);
      compare(`${kind} ${text(ask)}`, plain(answer), plain(modelled));
    }
    asked[kind].push(...made);
    count += made.length;
  }

  function modelAnswer(kind: AskKind, ask: Asks[AskKind], real: Record<string, unknown>, now: Instant): object {
    if (kind === "hold") {
      const id = real.kind === "granted" ? (real.holdId as string) : NOWHERE;
      const answer = holdFunded(books, ask as Asks["hold"], id, partId, now);
      if (answer.kind === "granted" && !answer.replayed) asks.ids.push(answer.holdId, ...(dice.below(4) === 0 ? otherParts(answer.holdId) : []));
      return answer;
    }
    const length = books.journal.length;
    const answer =
      kind === "settle"
        ? settleFunded(books, ask as Asks["settle"], now)
        : kind === "release"
          ? releaseFunded(books, ask as Asks["release"])
          : kind === "charge"
            ? charge(books, ask as Asks["charge"])
            : kind === "adjust"
              ? adjust(books, ask as Asks["adjust"])
              : renewFunded(books, ask as Asks["renew"], now);
    for (const done of books.journal.slice(length)) if (done.kind === "settle" || done.kind === "charge") asks.charged.push(done.number);
    return answer;
  }

  /** What somebody may take for a reservation, though it is only a part of one. */
  function otherParts(id: string): string[] {
    return (books.parts.get(id) ?? []).slice(1).map(({ holdId }) => holdId);
  }

  async function makeChange(wanted: Change): Promise<void> {
    compare(`${wanted.name} ${text(wanted.real)}`, await change(db, wanted), wanted.model(books));
    count += 1;
  }

  async function moveOne(wanted: LeaseMove): Promise<void> {
    const length = books.journal.length;
    compare(`${wanted.name} ${text(wanted.real)}`, await moveLease(db, wanted), plain(wanted.model(books)));
    for (const done of books.journal.slice(length)) if (done.kind === "charge") asks.charged.push(done.number);
    count += 1;
  }

  async function turnOne(wanted: AwardMove): Promise<void> {
    compare(`${wanted.name} ${text(wanted.real)}`, await moveAward(db, wanted), wanted.model(books));
    count += 1;
  }

  async function quoteOne(wanted: QuoteMove): Promise<void> {
    const real = await wanted.real(db, ledger);
    const answer = wanted.model(books, real);
    compare(`${wanted.name} ${text(wanted.said)}`, plain(real), plain(answer));
    // The same under the same key is a reservation like others.
    if (wanted.ask !== null) asked.hold.push({ ...wanted.ask, quote: null });
    if ("holdId" in answer) asks.ids.push(answer.holdId as string);
    count += 1;
  }

  async function expireAll(now: Instant): Promise<void> {
    let [real, model] = [0, 0];
    for (let last = -1; last !== 0; real += last) last = await ledger.expireHolds();
    for (let last = -1; last !== 0; model += last) last = expire(books, 512, now) + expireLeases(books, 512, now);
    compare("expired", real, model);
    count += 1;
  }

  async function compareBooks(): Promise<void> {
    const nodes = await db.query<{ name: string }>(
      `select headgate.node_name(b.node_id) as name, b.status, b.starts_at as "startsAt", b.ends_at as "endsAt", b.allocated, b.overrun, b.spent, b.held, b.leased
       from headgate.balance b where headgate.node_name(b.node_id) = any ($1)`,
      [books.nodes.map(({ name }) => name)],
    );
    const found = new Map(nodes.map((node) => [node.name, node]));
    for (const { id: _id, unit: _unit, ...node } of books.nodes) compare(`balance of ${node.name}`, { ...found.get(node.name) }, node);
    const holds = await db.query<{ id: string }>(
      'select id, amount, remaining, charged, state, expires_at as "expiresAt" from headgate.hold where id = any ($1)',
      [[...books.holds.keys()]],
    );
    const leases = await db.query<{ id: string }>(
      'select id, amount, remaining, recall, state, expires_at as "expiresAt" from headgate.lease where id = any ($1)',
      [[...books.leases.keys()]],
    );
    compare("number of leases", leases.length, books.leases.size);
    for (const row of leases) {
      const { id, amount, remaining, recall, state, expiresAt } = books.leases.get(row.id)!;
      compare(`lease ${id}`, { ...row }, { id, amount, remaining, recall, state, expiresAt });
    }
    compare("number of reservations", holds.length, books.holds.size);
    for (const row of holds) {
      const { id, amount, remaining, charged, state, expiresAt } = books.holds.get(row.id)!;
      compare(`reservation ${id}`, { ...row }, { id, amount, remaining, charged, state, expiresAt });
    }
    await comparePolicies(db, books, compare);
  }

  return { books, differences, count: () => count, batch, quote: quoteOne, change: makeChange, lease: moveOne, award: turnOne, expireAll, compareBooks };
}

const RUN: { readonly [Kind in AskKind]: (ledger: Ledger, asks: readonly Asks[Kind][]) => Promise<readonly object[]> } = {
  hold: (ledger, asks) => ledger.holdMany(asks),
  settle: (ledger, asks) => ledger.settleMany(asks),
  release: (ledger, asks) => ledger.releaseMany(asks),
  charge: (ledger, asks) => ledger.chargeMany(asks),
  adjust: (ledger, asks) => ledger.adjustMany(asks),
  renew: (ledger, asks) => ledger.renewMany(asks),
};

/** Transactions are numbered differently on the two sides; their keys are the same. */
async function withRealNumbers(db: Database, books: Books, asks: readonly Asks["adjust"][]): Promise<Asks["adjust"][]> {
  const keyOf = (number: bigint) => books.journal[Number(number) - 1]?.key;
  const keys = asks.map(({ mends }) => keyOf(mends)).filter((key) => key !== undefined);
  const rows = await db.query<{ key: string; number: bigint }>("select key, number from headgate.journal_transaction where key = any ($1)", [keys]);
  const numbers = new Map(rows.map(({ key, number }) => [key, number]));
  return asks.map((ask) => ({ ...ask, mends: numbers.get(keyOf(ask.mends) ?? "") ?? 0n }));
}

/** An answer without what only one side can know (numbers of transactions; awards, which no rule of the ledger asks about), and without what says nothing. */
function plain(answer: object): object {
  return Object.fromEntries(Object.entries(answer).filter(([name, value]) => name !== "number" && name !== "award" && value !== undefined));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(micros(part)) : part)) ?? "nothing";
}
