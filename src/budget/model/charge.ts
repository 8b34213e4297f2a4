import { ZERO_MICROS, type Micros, type ProblemCode } from "#kernel";
import { refundable, type AdjustAnswer, type AdjustAsk } from "../adjust/adjust.ts";
import type { ChargeAnswer, ChargeAsk } from "../charge/charge.ts";
import { postSpending } from "../charge/post-spending.ts";
import type { EndState } from "../refund/contract.ts";
import { nodesOf, post, type Account, type Books, type Node, type Transaction } from "./books.ts";
import { spendingEntries } from "./end.ts";
import { postRefund, refundByRule } from "./refund.ts";

/* Charges without a reservation, and what mends charges by new entries. */

export function charge(books: Books, ask: ChargeAsk): ChargeAnswer {
  const account = books.accounts.get(ask.account);
  const unit = ask.unit ?? "USD";
  const done = books.keys.get(ask.key);
  if (done !== undefined) {
    const isSame =
      done.kind === "charge" &&
      done.account === ask.account &&
      done.unit === unit &&
      done.amount === ask.amount &&
      done.person === ask.person &&
      done.subject === ask.subject;
    if (!isSame) return { kind: "refused", code: "idempotency.mismatch", account: ask.account };
    return { kind: "charged", number: done.number, charged: done.amount, overrun: done.overrun, replayed: true };
  }
  if (account === undefined) return { kind: "refused", code: "budget.account-unknown", account: ask.account };
  if (account.node.unit !== unit) return { kind: "refused", code: "budget.unit-mismatch", account: ask.account };
  const { number, overrun } = postCharge(books, account, nodesOf(books, account, ask.person, ask.partition ?? null), ask);
  const endState = ask.detail?.["end_state"] as EndState | null | undefined;
  if (endState != null) refundByRule(books, { key: ask.key, work: ask.account, endState, at: ask.at });
  return { kind: "charged", number, charged: ask.amount, overrun, replayed: false };
}

/** Posts a cost that nothing is reserved for. */
export function postCharge(books: Books, account: Account, nodes: readonly Node[], ask: Pick<ChargeAsk, "key" | "amount" | "person" | "subject">): Transaction {
  const spending = postSpending(nodes, ZERO_MICROS, ask.amount, ZERO_MICROS);
  return post(books, {
    kind: "charge",
    key: ask.key,
    account: account.node.name,
    unit: account.node.unit,
    nodes,
    amount: ask.amount,
    overrun: spending.overrun,
    person: ask.person,
    subject: ask.subject,
    entries: spendingEntries(account.node, nodes, spending),
  });
}

/** A refund gives back what was charged; a write-off has another account bear it. */
export function adjust(books: Books, ask: AdjustAsk): AdjustAnswer {
  const bearerName = ask.kind === "write-off" ? ask.bearer : null;
  const done = books.keys.get(ask.key);
  if (done !== undefined) {
    const isSame = done.kind === ask.kind && done.mends === ask.mends && done.amount === ask.amount && done.request === bearerName;
    if (!isSame) return unmended("idempotency.mismatch");
    const loss = books.keys.get(`ledger:loss:${ask.key}`);
    return { kind: "adjusted", number: done.number, covered: done.overrun, overrun: loss?.overrun ?? ZERO_MICROS, replayed: true };
  }
  const charged = books.journal[Number(ask.mends) - 1];
  if (charged === undefined || (charged.kind !== "settle" && charged.kind !== "charge")) return unmended("budget.charge-unknown");
  const left = refundable(charged.amount, [books.refunds.get(charged.number) ?? ZERO_MICROS]);
  if (ask.amount > left) return unmended("budget.refund-exceeds", left);
  const bearer = bearerName === null ? null : books.accounts.get(bearerName);
  if (bearer === undefined) return unmended("budget.account-unknown");
  if (bearer !== null && bearer.node.unit !== charged.unit) return unmended("budget.unit-mismatch");

  const refund = postRefund(books, ask, charged, bearerName);
  const loss =
    bearer === null
      ? null
      : postCharge(books, bearer, bearer.path, { ...ask, key: `ledger:loss:${ask.key}`, person: charged.person, subject: charged.subject! });
  return { kind: "adjusted", number: refund.number, covered: refund.overrun, overrun: loss?.overrun ?? ZERO_MICROS, replayed: false };
}

function unmended(code: ProblemCode, left: Micros = ZERO_MICROS): AdjustAnswer {
  return { kind: "refused", code, refundable: left };
}
