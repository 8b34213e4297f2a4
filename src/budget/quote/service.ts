import { newId, Problem, systemRandomness, type Micros, type MoneyUnit, type Person, type Randomness } from "#kernel";
import type { FormulaTerm } from "#price";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import type { QuoteView } from "./contract.ts";
import { quoteMismatch, type PriceQuote } from "./quote.ts";
import * as store from "./store.ts";
import { quoteToWire } from "./views.ts";

/** Prices that are promised, as administrators promise plain amounts and as people of the accounts see all of them. */
export function openQuotes(
  { db, clock, source, people, randomness = systemRandomness }: AccountsContext & { readonly people: AccountPeople; readonly randomness?: Randomness },
  accounts: Accounts,
) {
  async function makeQuote(
    person: Person,
    ask: { account: string; amount: Micros; unit: MoneyUnit; formula: readonly FormulaTerm[]; days: number; reason: string },
    key: string,
  ): Promise<QuoteView> {
    const price = { amount: ask.amount, unit: ask.unit, formula: ask.formula, words: "as it was promised", free: null };
    const { account, days, reason } = ask;
    const by = { person: person.name, source, now: clock.now() };
    const id = await store.makeQuote(db, { key, id: newId(clock, randomness), account, work: null, price, days, reason }, by);
    return showQuote(person, id);
  }

  async function listQuotes(
    person: Person,
    ask: { account?: string | undefined; open: boolean; cursor?: string | undefined; limit: number },
  ): Promise<{ items: QuoteView[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const found = await store.listQuotes(db, {
      accounts: ask.account === undefined ? await accounts.visible(viewer) : [ask.account],
      id: null,
      usableAt: ask.open ? clock.now() : null,
      before: ask.cursor ?? null,
      limit: ask.limit + 1,
    });
    const items = found.slice(0, ask.limit);
    return { items: items.map((quote) => quoteToWire(quote, clock.now())), next: found.length > ask.limit ? (items.at(-1)?.id ?? null) : null };
  }

  async function showQuote(person: Person, id: string): Promise<QuoteView> {
    const visible = await accounts.visible(await people.viewer(person));
    const [quote] = await store.listQuotes(db, { accounts: visible, id, usableAt: null, before: null, limit: 1 });
    if (quote === undefined) throw noSuchQuote(id);
    return quoteToWire(quote, clock.now());
  }

  /** The quote that a reservation of a plain amount names. Whether it can still be used is told with the answer to the key. */
  async function quoteFor(id: string, use: { readonly account: string; readonly amount: Micros }): Promise<PriceQuote> {
    const quote = await store.findQuote(db, id);
    if (quote === null) throw noSuchQuote(id);
    const refusal = quoteMismatch(quote, { ...use, work: null });
    if (refusal !== null) throw new Problem(refusal.code, { detail: refusal.detail, facts: { quote: id } });
    return quote;
  }

  return { makeQuote, listQuotes, showQuote, quoteFor };
}

export function noSuchQuote(id: string): Problem {
  return new Problem("budget.quote-unknown", { detail: `there is no quote ${id}`, facts: { quote: id } });
}
