import { addMs, milliseconds, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import type { HoldAnswer, HoldAsk } from "../ledger-types.ts";
import { post, type Books, type Quote } from "./books.ts";
import { refused, type ChangeAnswer } from "./change.ts";
import { holdFunded } from "./fund.ts";

/* Prices that are promised for a time: each is for one account, one amount and one reservation. See migration 000021. */

const DAY_MS = 86_400_000;

export type QuoteAsk = {
  readonly key: string;
  readonly id: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly amount: Micros;
  readonly formula: HoldAsk["formula"];
  readonly days: number;
  readonly person: string;
};

/** Promises a price; gives the id of the quote, that of the first time when the key made one before. */
export function makeQuote(books: Books, ask: QuoteAsk, now: Instant): { readonly kind: "made"; readonly id: string } | ChangeAnswer {
  const { key, id, account: name, unit, amount, formula, days, person } = ask;
  const account = books.accounts.get(name);
  if (account === undefined) return refused("budget.account-unknown", name);
  const request = JSON.stringify([name, unit, String(amount), formula, days]);
  const done = books.keys.get(key);
  if (done !== undefined) return done.kind === "quote" && done.request === request ? { kind: "made", id: done.quote! } : refused("idempotency.mismatch", key);
  if (account.node.unit !== unit) return refused("budget.unit-mismatch", name);
  const quote: Quote = {
    id,
    account: name,
    unit,
    amount,
    formula,
    madeAt: now,
    validUntil: addMs(now, milliseconds(days * DAY_MS)),
    holdId: null,
    usedAt: null,
  };
  books.quotes.set(id, quote);
  post(books, { kind: "quote", key, account: name, unit, nodes: [account.node], amount, person, quote: id, request, entries: [] });
  return { kind: "made", id };
}

/** Reserves by a quote, which is used up when the reservation is granted. A key that was used before gets its answer, whatever became of the quote. */
export function holdQuoted(books: Books, ask: HoldAsk, id: string, partId: (id: string, ordinal: number) => string, now: Instant): HoldAnswer {
  const quote = books.quotes.get(ask.quote ?? "");
  const isNew = !books.keys.has(ask.key) && !books.refusals.has(ask.key);
  const code = isNew ? whyNot(quote, ask, now) : null;
  if (code !== null) {
    const { account, person, subject, amount } = ask;
    const kept = { account, person, subject, asked: amount, request: ask.request ?? null, code, level: account, available: ZERO_MICROS };
    if (books.accounts.has(account)) books.refusals.set(ask.key, kept);
    return { kind: "refused", code, account, available: ZERO_MICROS, asked: amount };
  }
  const answer = holdFunded(books, ask, id, partId, now);
  if (quote === undefined || answer.kind === "refused" || answer.replayed) return answer;
  quote.holdId = answer.holdId;
  quote.usedAt = now;
  return answer;
}

function whyNot(quote: Quote | undefined, ask: HoldAsk, now: Instant): ProblemCode | null {
  if (quote === undefined) return "budget.quote-unknown";
  if (quote.account !== ask.account) return "budget.quote-other";
  if (quote.holdId !== null) return "budget.quote-used";
  if (now >= quote.validUntil) return "budget.quote-expired";
  const isOther = (ask.unit ?? "USD") !== quote.unit || JSON.stringify(ask.formula) !== JSON.stringify(quote.formula) || ask.amount !== quote.amount;
  return isOther ? "budget.quote-other" : null;
}
