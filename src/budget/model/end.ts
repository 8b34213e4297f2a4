import { micros, ZERO_MICROS, type Instant, type Micros } from "#kernel";
import { postSpending, type Spending } from "../charge/post-spending.ts";
import type { ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "../ledger-types.ts";
import { ownNode, post, within, type Books, type Entry, type Hold, type Node } from "./books.ts";

/* What ends a reservation: never limited, because the truth always posts. */

/** Charges an attempt. A hold that expired or was settled still takes a charge that comes late; one that was released does not. */
export function settle(books: Books, ask: SettleAsk): SettleAnswer {
  const done = books.keys.get(ask.key);
  if (done !== undefined) {
    const isSame =
      done.kind === "settle" &&
      done.holdId === ask.holdId &&
      done.attempt === ask.attempt &&
      done.amount === ask.amount &&
      done.final === ask.final &&
      done.endState === (ask.endState ?? null);
    if (!isSame) return { kind: "refused", code: "idempotency.mismatch" };
    return { kind: "settled", charged: done.amount, returned: done.returned, overrun: done.overrun, refunded: ZERO_MICROS, replayed: true };
  }
  const held = books.holds.get(ask.holdId);
  if (held === undefined) return { kind: "refused", code: "budget.hold-unknown" };
  if (held.state === "released") return { kind: "refused", code: "budget.hold-closed" };
  const attempt = `${ask.holdId} ${ask.attempt}`;
  if (books.attempts.has(attempt)) return { kind: "refused", code: "budget.attempt-charged" };

  const spending = postSpending(held.nodes, held.remaining, ask.amount, ask.final ? held.remaining : (ask.frees ?? ZERO_MICROS));
  const { returned, overrun } = spending;
  post(books, {
    kind: "settle",
    key: ask.key,
    account: held.account,
    unit: held.unit,
    nodes: held.nodes,
    amount: ask.amount,
    returned,
    overrun,
    holdId: held.id,
    attempt: ask.attempt,
    final: ask.final,
    endState: ask.endState ?? null,
    person: held.person,
    subject: held.subject,
    entries: spendingEntries(ownNode(books, held.account), held.nodes, spending),
  });
  books.attempts.add(attempt);
  held.remaining = micros(held.remaining - spending.taken - returned);
  held.charged = micros(held.charged + ask.amount);
  if (ask.final && held.state === "open") held.state = "settled";
  return { kind: "settled", charged: ask.amount, returned, overrun, refunded: ZERO_MICROS, replayed: false };
}

/** A charge as entries: taken from what was reserved, then from what is free; the rest is given back; what no limit covers is overrun of its node. */
export function spendingEntries(own: Node, nodes: readonly Node[], { taken, excess, returned, overruns }: Spending): readonly Entry[] {
  return [
    within(own, "held", "spent", taken),
    within(own, "free", "spent", excess),
    within(own, "held", "free", returned),
    ...nodes.map((node, index) => within(node, "overrun", "free", overruns[index]!)),
  ];
}

/** Gives back what is left of an open hold. */
export function release(books: Books, ask: ReleaseAsk): ReleaseAnswer {
  return close(books, "release", ask.key, ask.holdId);
}

/** Gives back open holds whose time is over, the longest over first; gives how many. */
export function expire(books: Books, limit: number, now: Instant): number {
  const over = [...books.holds.values()].filter(({ state, expiresAt }) => state === "open" && expiresAt !== null && expiresAt <= now);
  over.sort((a, b) => a.expiresAt! - b.expiresAt!);
  let count = 0;
  for (const { id } of over.slice(0, limit)) {
    const answer = close(books, "expire", `ledger:expire:${id}`, id);
    if (answer.kind === "released" && !answer.replayed) count += 1;
  }
  return count;
}

function close(books: Books, kind: "release" | "expire", key: string, holdId: string): ReleaseAnswer {
  const done = books.keys.get(key);
  if (done !== undefined) {
    if (done.kind !== kind || done.holdId !== holdId) return { kind: "refused", code: "idempotency.mismatch" };
    return { kind: "released", returned: done.amount, replayed: true };
  }
  const held = books.holds.get(holdId);
  if (held === undefined) return { kind: "refused", code: "budget.hold-unknown" };
  if (held.state !== "open") return { kind: "refused", code: "budget.hold-closed" };
  const returned: Micros = held.remaining;
  post(books, {
    kind,
    key,
    account: held.account,
    unit: held.unit,
    nodes: held.nodes,
    amount: returned,
    holdId,
    person: held.person,
    subject: held.subject,
    entries: [within(ownNode(books, held.account), "held", "free", returned)],
  });
  held.state = closedAs(kind, held);
  held.remaining = ZERO_MICROS;
  return { kind: "released", returned, replayed: false };
}

function closedAs(kind: "release" | "expire", held: Hold): Hold["state"] {
  if (kind === "expire") return "expired";
  return held.charged > 0n ? "settled" : "released";
}
