import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros, type ProblemCode } from "#kernel";
import { decideHold } from "../decide-hold.ts";
import { leaseRoom, recalls, type LeaseAnswer } from "../lease/lease.ts";
import { accountOf, nodesOf, ownNode, post, within, type Account, type Books, type Leased, type Transaction } from "./books.ts";
import { postCharge } from "./charge.ts";

/* Money set aside for a gate. Opening one is a new commitment; what is settled, given back or expires is never limited. */

type LeaseKind = Extract<Transaction["kind"], `lease-${string}`>;

function refused(code: ProblemCode, account = "", available = ZERO_MICROS): LeaseAnswer {
  return { kind: "refused", code, account, available };
}

/** What is said to a key that was used before; null when it was not. `leaseId` null: whichever it opened. */
function before(books: Books, kind: LeaseKind, key: string, account: string | undefined, leaseId: string | null, asked: string): LeaseAnswer | null {
  const done = books.keys.get(key);
  if (done === undefined) return null;
  const isSame = done.kind === kind && done.account === account && done.request === asked && (leaseId === null || done.leaseId === leaseId);
  const answer = books.leaseAnswers.get(key);
  return isSame && answer?.kind === "moved" ? { ...answer, replayed: true } : refused("idempotency.mismatch");
}

type Moved = { readonly key: string; readonly asked: string; readonly amount: Micros; readonly person: string; readonly subject?: string };

/** Writes a movement of a lease, and keeps its answer under its key. */
function move(books: Books, kind: LeaseKind, lease: Leased, { key, asked, amount, person, subject }: Moved): LeaseAnswer {
  const own = ownNode(books, lease.account);
  const entry = kind === "lease-open" ? within(own, "free", "leased", amount) : within(own, "leased", "free", amount);
  const { number } = post(books, {
    kind,
    key,
    account: lease.account,
    unit: own.unit,
    nodes: lease.nodes,
    amount,
    leaseId: lease.id,
    person,
    subject: subject ?? null,
    expiresAt: lease.expiresAt,
    request: asked,
    entries: [entry],
  });
  const { id, remaining, recall: recalled, expiresAt } = lease;
  const answer: LeaseAnswer = {
    kind: "moved",
    id,
    amount,
    remaining,
    recall: recalled,
    expiresAt,
    number,
    charged: ZERO_MICROS,
    overrun: ZERO_MICROS,
    replayed: false,
  };
  books.leaseAnswers.set(key, answer);
  return answer;
}

export type OpenLeaseAsk = {
  readonly key: string;
  readonly id: string;
  readonly account: string;
  readonly amount: Micros;
  readonly expiresAt: Instant;
  readonly person: string;
};

/** Sets aside what is asked, or what a quarter of every level allows of it. */
export function openLease(books: Books, ask: OpenLeaseAsk, now: Instant): LeaseAnswer {
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const asked = String(ask.amount);
  const again = before(books, "lease-open", ask.key, ask.account, null, asked);
  if (again !== null) return again;
  const kept = books.refusals.get(ask.key);
  if (kept !== undefined) {
    const isSame = kept.account === ask.account && kept.subject === "lease" && kept.asked === ask.amount;
    return refused(isSame ? kept.code : "idempotency.mismatch", kept.level, kept.available);
  }
  if (ask.expiresAt <= now) return refused("value.range", ask.account);
  const obstacle = obstacleTo(account, ask, now);
  if (obstacle.code !== null) {
    const { code, level, available } = obstacle;
    books.refusals.set(ask.key, { account: ask.account, person: ask.person, subject: "lease", asked: ask.amount, request: null, code, level, available });
    return refused(code, level, available);
  }
  const amount = minMicros(ask.amount, obstacle.available);
  const lease: Leased = {
    id: ask.id,
    account: ask.account,
    nodes: account.path,
    amount,
    remaining: amount,
    recall: ZERO_MICROS,
    state: "open",
    expiresAt: ask.expiresAt,
  };
  books.leases.set(ask.id, lease);
  return move(books, "lease-open", lease, { key: ask.key, asked, amount, person: ask.person });
}

type Obstacle = { readonly code: ProblemCode | null; readonly level: string; readonly available: Micros };

function obstacleTo(account: Account, ask: OpenLeaseAsk, now: Instant): Obstacle {
  const decision = decideHold(account.path, ZERO_MICROS, now, ask.expiresAt);
  if (decision.kind === "refused") return { code: decision.code, level: decision.level, available: maxMicros(ZERO_MICROS, decision.available) };
  const { room, binding } = leaseRoom(account.path);
  return { code: room > 0n ? null : "budget.insufficient", level: binding, available: room };
}

export type RenewLeaseAsk = { readonly key: string; readonly id: string; readonly returns: Micros; readonly expiresAt: Instant; readonly person: string };

/** Gives back part of an open lease, at least what is recalled of it, and lets the rest stand longer. */
export function renewLease(books: Books, ask: RenewLeaseAsk): LeaseAnswer {
  const lease = books.leases.get(ask.id);
  const asked = String(ask.returns);
  const again = before(books, "lease-renew", ask.key, lease?.account, ask.id, asked);
  if (again !== null) return again;
  if (lease === undefined) return refused("budget.lease-unknown");
  if (lease.state !== "open") return refused("budget.lease-closed", lease.account, lease.recall);
  const returns = minMicros(ask.returns, lease.remaining);
  if (returns < lease.recall) return refused("budget.lease-recalled", lease.account, lease.recall);
  lease.remaining = micros(lease.remaining - returns);
  lease.recall = ZERO_MICROS;
  if (ask.expiresAt > lease.expiresAt) lease.expiresAt = ask.expiresAt;
  return move(books, "lease-renew", lease, { key: ask.key, asked, amount: returns, person: ask.person });
}

/** Gives back all that is left and closes the lease; an expiry only one whose time is over. */
export function returnLease(
  books: Books,
  ask: { readonly key: string; readonly id: string; readonly person: string },
  expiredAt: Instant | null = null,
): LeaseAnswer {
  const lease = books.leases.get(ask.id);
  const asked = expiredAt === null ? "returned" : "expired";
  const again = before(books, "lease-return", ask.key, lease?.account, ask.id, asked);
  if (again !== null) return again;
  if (lease === undefined) return refused("budget.lease-unknown");
  if (lease.state !== "open" || (expiredAt !== null && lease.expiresAt > expiredAt)) return refused("budget.lease-closed", lease.account);
  const amount = lease.remaining;
  lease.remaining = ZERO_MICROS;
  lease.recall = ZERO_MICROS;
  lease.state = asked;
  return move(books, "lease-return", lease, { key: ask.key, asked, amount, person: ask.person });
}

export type SettleLeaseAsk = {
  readonly key: string;
  readonly id: string;
  readonly reserved: Micros;
  readonly cost: Micros;
  readonly person: string;
  readonly subject: string;
  readonly partition: string | null;
};

/** Charges work that was granted out of a lease: what was reserved for it leaves the lease, what it cost is spent, whatever became of the lease. */
export function settleLease(books: Books, ask: SettleLeaseAsk): LeaseAnswer {
  const lease = books.leases.get(ask.id);
  const asked = JSON.stringify([String(ask.reserved), String(ask.cost), ask.person, ask.subject]);
  const again = before(books, "lease-settle", ask.key, lease?.account, ask.id, asked);
  if (again !== null) return again;
  if (lease === undefined) return refused("budget.lease-unknown");
  const taken = minMicros(ask.reserved, lease.remaining);
  lease.remaining = micros(lease.remaining - taken);
  lease.recall = minMicros(lease.recall, lease.remaining);
  const answer = move(books, "lease-settle", lease, { key: ask.key, asked, amount: taken, person: ask.person, subject: ask.subject });
  const account = accountOf(books, lease.account);
  const charge = { key: `ledger:lease-charge:${ask.key}`, amount: ask.cost, person: ask.person, subject: ask.subject };
  const { number, overrun } = postCharge(books, account, nodesOf(books, account, ask.person, ask.partition), charge);
  const settled: LeaseAnswer = answer.kind === "moved" ? { ...answer, number, charged: ask.cost, overrun } : answer;
  books.leaseAnswers.set(ask.key, settled);
  return settled;
}

/** Asks the leases of a level for what a reservation is short there. Limits inside an account lease nothing. */
export function recall(books: Books, level: string, short: Micros): void {
  const account = books.accounts.get(level);
  if (account === undefined || account.node.leased === 0n) return;
  const open = [...books.leases.values()].filter(({ state, nodes }) => state === "open" && nodes.includes(account.node));
  for (const [id, wanted] of recalls(open, short)) books.leases.get(id)!.recall = wanted;
}

/** Gives back open leases whose time is over; gives how many. */
export function expireLeases(books: Books, limit: number, now: Instant): number {
  const over = [...books.leases.values()].filter(({ state, expiresAt }) => state === "open" && expiresAt <= now).slice(0, limit);
  for (const { id } of over) returnLease(books, { key: `ledger:lease-expire:${id}`, id, person: "headgate" }, now);
  return over.length;
}
