import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros } from "#kernel";
import { blockOf, freeOf } from "../decide-hold.ts";
import type { SettleAnswer, SettleAsk } from "../ledger-types.ts";
import { accountOf, nodesOf, post, type Books, type Hold, type OverrunPolicy, type Transaction } from "./books.ts";
import { refused, type ChangeAnswer } from "./change.ts";
import { postCharge } from "./charge.ts";
import { postRenewal } from "./commit.ts";
import { settle } from "./end.ts";
import { advanceKey, refundByRule, refundedOf } from "./refund.ts";

/* Settlements by policy: what happens to what goes beyond a reservation and does not fit, and what is given back by how the work ended. See migrations 000018 and 000023. */

export type OverrunPolicyAsk = { readonly key: string; readonly account: string; readonly policy: OverrunPolicy; readonly person: string };

/** Decides for an account, and for those below it that decide nothing, from now on. */
export function setOverrunPolicy(books: Books, { key, account: name, policy, person }: OverrunPolicyAsk): ChangeAnswer {
  const account = books.accounts.get(name);
  if (account === undefined) return refused("budget.account-unknown", name);
  const request = `overrun ${JSON.stringify([name, policy])}`;
  const done = books.keys.get(key);
  if (done !== undefined) return done.kind === "policy" && done.request === request ? { kind: "again" } : refused("idempotency.mismatch", key);
  if (policy.advance !== null) {
    const bearer = books.accounts.get(policy.advance);
    if (bearer === undefined) return refused("budget.account-unknown", policy.advance);
    if (!bearer.isAdvance) return refused("budget.advance-kind", policy.advance);
    const isOfOnePath = bearer.path.includes(account.node) || account.path.includes(bearer.node);
    if (bearer.node.unit !== account.node.unit || isOfOnePath) return refused("budget.unit-mismatch", policy.advance);
  }
  books.overrunPolicies.set(name, policy);
  post(books, { kind: "policy", key, account: name, unit: account.node.unit, nodes: [account.node], amount: ZERO_MICROS, person, request, entries: [] });
  return { kind: "done" };
}

/** That of the nearest account which decides; null: what no limit covers is overrun. */
function policyOf(books: Books, account: string): OverrunPolicy | null {
  const path = accountOf(books, account).path.toReversed();
  const policies = path.map(({ name }) => books.overrunPolicies.get(name));
  return policies.find((policy) => policy !== undefined && policy.policy !== "inherit") ?? null;
}

/** Settles, by the overrun policy and by the refund rules. A key keeps the way it went the first time. */
export function settleByPolicy(books: Books, ask: SettleAsk, now: Instant): SettleAnswer {
  const beside = books.keys.get(advanceKey(ask.key)) ?? overspend(books, ask, now);
  const answer = settle(books, { ...ask, amount: micros(ask.amount - (beside?.amount ?? 0n)) });
  if (answer.kind === "refused") return answer;
  if (ask.endState != null && !answer.replayed) {
    const work = books.workOf.get(ask.holdId) ?? books.holds.get(ask.holdId)!.account;
    refundByRule(books, { key: ask.key, work, endState: ask.endState, at: ask.at });
  }
  const refunded = ask.endState == null ? ZERO_MICROS : refundedOf(books, ask.key);
  if (beside === undefined) return { ...answer, refunded };
  return { ...answer, charged: micros(answer.charged + beside.amount), overrun: maxMicros(answer.overrun, beside.overrun), refunded };
}

/** What a settlement's policy does before it: a reservation that is extended, or a charge to an advance account, which it gives. */
function overspend(books: Books, ask: SettleAsk, now: Instant): Transaction | undefined {
  const held = books.holds.get(ask.holdId);
  const isDone = books.keys.has(ask.key) || books.attempts.has(`${ask.holdId} ${ask.attempt}`);
  if (held === undefined || held.state === "released" || isDone) return undefined;
  const policy = policyOf(books, held.account);
  const room = micros(held.remaining + held.nodes.map((node) => freeOf(node) + node.overrun).reduce((least, one) => (one < least ? one : least)));
  if (policy === null || ask.amount <= room) return undefined;
  if (policy.policy === "extend") extend(books, ask, held, now);
  if (policy.policy !== "advance") return undefined;
  const bearer = accountOf(books, policy.advance);
  const charge = { key: advanceKey(ask.key), amount: micros(ask.amount - room), person: held.person, subject: held.subject };
  return postCharge(books, bearer, nodesOf(books, bearer, held.person, null), charge);
}

/** As far as money is free at every level and new commitments are let in there. */
function extend(books: Books, ask: SettleAsk, held: Hold, now: Instant): void {
  if (held.state !== "open") return;
  const free = held.nodes.map((node) => (blockOf(node, now) === null ? freeOf(node) : ZERO_MICROS));
  const more: Micros = free.reduce(minMicros, micros(ask.amount - held.remaining));
  const total = micros(held.amount + more);
  const renewal = { key: `ledger:extend:${ask.key}`, amount: total };
  if (more > 0n) postRenewal(books, renewal, held, { more, total, expiresAt: held.expiresAt, said: `${total} null` });
}
