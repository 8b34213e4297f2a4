import { maxMicros, micros, ZERO_MICROS, type Instant, type Micros } from "#kernel";
import { coverByRefund, type AdjustAsk } from "../adjust/adjust.ts";
import type { EndState } from "../refund/contract.ts";
import { refundOf, ruleFor, type RefundRule } from "../refund/refund.ts";
import { accountOf, ownNode, post, within, type Books, type Transaction } from "./books.ts";
import { refused, type ChangeAnswer } from "./change.ts";

/* What is given back of a charge: by somebody's decision, or by the rule of an account for how the work ended. See migration 000018. */

/** Writes a refund of a charge, which was decided. */
export function postRefund(books: Books, ask: Pick<AdjustAsk, "key" | "kind" | "amount">, charged: Transaction, bearer: string | null): Transaction {
  const lowered = coverByRefund(charged.nodes, ask.amount);
  const own = ownNode(books, charged.account);
  books.refunds.set(charged.number, micros((books.refunds.get(charged.number) ?? 0n) + ask.amount));
  return post(books, {
    kind: ask.kind,
    key: ask.key,
    account: charged.account,
    unit: charged.unit,
    nodes: charged.nodes,
    amount: ask.amount,
    overrun: lowered.reduce(maxMicros, ZERO_MICROS),
    holdId: charged.holdId,
    mends: charged.number,
    person: charged.person,
    subject: charged.subject,
    request: bearer,
    entries: [within(own, "spent", "free", ask.amount), ...charged.nodes.map((node, index) => within(node, "free", "overrun", lowered[index]!))],
  });
}

export type RefundRuleAsk = Pick<RefundRule, "account" | "state" | "share"> & { readonly key: string; readonly person: string };

/** Decides what share of a charge is given back when work ends in a state, from now on. */
export function setRefundRule(books: Books, { key, person, ...rule }: RefundRuleAsk, now: Instant): ChangeAnswer {
  const account = books.accounts.get(rule.account);
  if (account === undefined) return refused("budget.account-unknown", rule.account);
  const request = `refund ${JSON.stringify([rule.account, rule.state, rule.share])}`;
  const done = books.keys.get(key);
  if (done !== undefined) return done.kind === "policy" && done.request === request ? { kind: "again" } : refused("idempotency.mismatch", key);
  const own = books.refundRules.filter((one) => one.account === rule.account);
  const since = own.reduce((last, one) => (one.since > last ? one.since : last), now);
  books.refundRules.push({ ...rule, ordinal: own.length + 1, since, reason: "", person });
  const { node } = account;
  post(books, { kind: "policy", key, account: rule.account, unit: node.unit, nodes: [node], amount: ZERO_MICROS, person, request, entries: [] });
  return { kind: "done" };
}

const refundKey = (key: string) => `refunded:${key}`;
export const advanceKey = (key: string) => `ledger:advance:${key}`;

type Ended = {
  readonly key: string;
  /** The account that the work was for. */
  readonly work: string;
  readonly endState: EndState;
  readonly at: Instant;
};

/** Gives back what the rule says of everything that was posted under a key just now. */
export function refundByRule(books: Books, { key, work, endState, at }: Ended): void {
  const path = accountOf(books, work)
    .path.map(({ name }) => name)
    .toReversed();
  const share = ruleFor(books.refundRules, path, endState, at)?.share ?? 0;
  for (const charged of [books.keys.get(advanceKey(key)), books.keys.get(key)]) {
    const amount = charged === undefined ? ZERO_MICROS : refundOf(charged.amount, share);
    if (charged !== undefined && amount > 0n) postRefund(books, { key: refundKey(charged.key), kind: "refund", amount }, charged, null);
  }
}

/** What policy gave back of all that was posted under a key. */
export function refundedOf(books: Books, key: string): Micros {
  const refunds = [refundKey(key), refundKey(advanceKey(key))].map((one) => books.keys.get(one)?.amount ?? ZERO_MICROS);
  return micros(refunds.reduce((sum, one) => sum + one, 0n));
}
