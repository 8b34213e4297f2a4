import { holdQuoted, makeQuote, setOverrunPolicy, setRefundRule, type Books, type ChangeAnswer } from "#budget/model";
import { micros, type Instant } from "#kernel";
import type { EndState } from "./random-asks.ts";

/* What PostgreSQL would answer to the statements about policies and quotes, as statements.ts has it for the others. */

type Row = Record<string, unknown>;

export function refundRuleSet(books: Books, [key, asked, person]: readonly unknown[], now: Instant): ChangeAnswer {
  const { account, state, share } = JSON.parse(asked as string) as { account: string; state: EndState; share: number | null };
  return setRefundRule(books, { key: key as string, account, state, share, person: person as string }, now);
}

export function overrunPolicySet(books: Books, [key, asked, person]: readonly unknown[]): ChangeAnswer {
  const { account, policy, advance } = JSON.parse(asked as string) as { account: string; policy: string; advance: string | null };
  const decided = { policy, advance } as Parameters<typeof setOverrunPolicy>[1]["policy"];
  return setOverrunPolicy(books, { key: key as string, account, policy: decided, person: person as string });
}

type Asked = { account: string; amount: string; unit: "USD" | "SU"; formula: Parameters<typeof makeQuote>[1]["formula"]; days: number };

export function quoteMade(books: Books, [key, id, asked, , person]: readonly unknown[], now: Instant): ReturnType<typeof makeQuote> {
  const { amount, ...terms } = JSON.parse(asked as string) as Asked;
  return makeQuote(books, { key: key as string, id: id as string, person: person as string, amount: micros(BigInt(amount)), ...terms }, now);
}

export const heldByQuote = holdQuoted;

export function readRefundRules(books: Books, [accounts, , , , limit]: readonly unknown[]): Row[] {
  const names = accounts as readonly string[] | null;
  return books.refundRules
    .filter(({ account }) => names === null || names.includes(account))
    .toSorted((a, b) => b.ordinal - a.ordinal)
    .slice(0, limit as number);
}

export function readOverrunPolicies(books: Books, [accounts]: readonly unknown[]): Row[] {
  const names = accounts as readonly string[] | null;
  const found = [...books.overrunPolicies].filter(([account]) => names === null || names.includes(account));
  return found.map(([account, policy]) => ({ account, ...policy, since: null, person: "owner", reason: "decided" }));
}

export function readQuotes(books: Books, [, id]: readonly unknown[]): Row[] {
  const quote = books.quotes.get(id as string);
  if (quote === undefined) return [];
  const { madeAt, validUntil, holdId, usedAt, ...terms } = quote;
  const dates = { made_at: madeAt, valid_until: validUntil, hold_id: holdId, used_at: usedAt };
  return [{ ...terms, ...dates, words: "as it was promised", free: null, work: null, reason: "proposal", person: "owner" }];
}

export function readFundPlans(books: Books, [accounts]: readonly unknown[]): Row[] {
  const names = accounts as readonly string[] | null;
  const found = [...books.plans].filter(([account]) => names === null || names.includes(account));
  return found.map(([account, { mode, funds }]) => {
    const shares = mode === "share" ? funds.map(({ share }) => share) : null;
    return { account, mode, funds: funds.map((fund) => fund.account), shares, set_by: "owner", set_at: null };
  });
}
