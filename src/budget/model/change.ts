import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import { freeOf, type Level } from "../decide-hold.ts";
import { addNode, post, within, type Account, type Books, type Entry, type Node, type Transaction } from "./books.ts";

/* What administrators do to accounts: done now, done before under this key, or refused as a whole. */

export type ChangeAnswer =
  | { readonly kind: "done" | "again" }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly account: string; readonly available: Micros };

const DONE: ChangeAnswer = { kind: "done" };

/** An account holds at most this much: a million million. */
const ALLOCATED_MAX = 1_000_000_000_000_000_000n;

export function refused(code: ProblemCode, account: string, available = ZERO_MICROS): ChangeAnswer {
  return { kind: "refused", code, account, available: maxMicros(ZERO_MICROS, available) };
}

type Wanted = Pick<Transaction, "kind" | "key" | "account" | "unit" | "nodes" | "amount" | "person"> & { readonly request: string | null };

/** What is said to a key that was used before; null when it was not. */
function before(books: Books, wanted: Omit<Wanted, "unit" | "person">): ChangeAnswer | null {
  const done = books.keys.get(wanted.key);
  if (done === undefined) return null;
  const isSame =
    done.kind === wanted.kind &&
    done.account === wanted.account &&
    done.amount === wanted.amount &&
    done.request === wanted.request &&
    done.nodes.length === wanted.nodes.length &&
    done.nodes.every((node, index) => node === wanted.nodes[index]);
  return isSame ? { kind: "again" } : refused("idempotency.mismatch", wanted.key);
}

export type OpenAsk = {
  readonly key: string;
  readonly name: string;
  readonly parent: string | null;
  readonly unit: MoneyUnit;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  readonly person: string;
  /** One that is spent at risk. */
  readonly isAdvance?: boolean;
};

export function openAccount(books: Books, ask: OpenAsk): ChangeAnswer {
  const { key, name, person, unit } = ask;
  const request = JSON.stringify([ask.parent, unit, ask.startsAt, ask.endsAt, ask.isAdvance ?? false]);
  const there = books.accounts.get(name);
  if (there !== undefined) {
    const again = before(books, { kind: "open", key, account: name, nodes: there.path, amount: ZERO_MICROS, request });
    return again ?? refused("budget.account-exists", name);
  }
  const parent = ask.parent === null ? null : books.accounts.get(ask.parent);
  if (parent === undefined) return refused("budget.account-unknown", ask.parent!);
  if (parent !== null && parent.node.unit !== unit) return refused("budget.unit-mismatch", ask.parent!);
  if (books.keys.has(key)) return refused("idempotency.mismatch", key);
  if (ask.startsAt !== null && ask.endsAt !== null && ask.endsAt <= ask.startsAt) return refused("value.range", name);
  const node = addNode(books, name, unit, ask.startsAt, ask.endsAt);
  const path = [...(parent?.path ?? []), node];
  books.accounts.set(name, { node, parent: ask.parent, path, limits: new Map(), isAdvance: ask.isAdvance ?? false });
  post(books, { kind: "open", key, account: name, unit, nodes: path, amount: ZERO_MICROS, person, request, entries: [] });
  return DONE;
}

/** Gives a node money from another, or takes it away when negative. Money that is given covers overrun first; where less is left than is committed, the rest is overrun. */
export function give(from: Node | "outside", node: Node, amount: Micros): readonly Entry[] {
  const moved: Entry =
    amount > 0n ? { from, out: "free", to: node, into: "free", amount } : { from: node, out: "free", to: from, into: "free", amount: micros(-amount) };
  if (amount > 0n) return [moved, within(node, "free", "overrun", minMicros(amount, node.overrun))];
  const uncovered = maxMicros(ZERO_MICROS, micros(-(freeOf(node) + amount) - node.overrun));
  return [moved, within(node, "overrun", "free", uncovered)];
}

export type AllocateAsk = {
  readonly key: string;
  readonly account: string;
  readonly amount: Micros;
  readonly through: boolean;
  readonly cut: boolean;
  readonly person: string;
  /** From when it counts; what no award's period asks about may leave it out. */
  readonly at?: Instant;
};

export function allocate(books: Books, ask: AllocateAsk): ChangeAnswer {
  const { key, amount, person } = ask;
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const nodes = ask.through ? account.path : [account.node];
  const wanted = { kind: ask.cut ? "cut" : "allocate", key, account: ask.account, unit: account.node.unit, nodes, amount, person, request: null } as const;
  const again = before(books, wanted);
  if (again !== null) return again;
  for (const node of nodes) {
    if (node.status === "closed" && amount > 0n) return refused("budget.closed", node.name);
    if (amount < 0n && !ask.cut && freeOf(node) + amount < 0n) return refused("budget.insufficient", node.name, freeOf(node));
    const allocated = node.allocated + amount;
    if (allocated < 0n || allocated > ALLOCATED_MAX) return refused("budget.amount-invalid", node.name);
  }
  post(books, { ...wanted, at: ask.at ?? null, entries: nodes.flatMap((node) => give("outside", node, amount)) });
  return DONE;
}

export type TransferAsk = {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly amount: Micros;
  readonly person: string;
  readonly at?: Instant;
};

/** Moves what is free from one account to another. */
export function transfer(books: Books, ask: TransferAsk): ChangeAnswer {
  const { key, amount, person } = ask;
  const [from, to] = [books.accounts.get(ask.from), books.accounts.get(ask.to)];
  if (from === undefined) return refused("budget.account-unknown", ask.from);
  if (to === undefined) return refused("budget.account-unknown", ask.to);
  const unit = from.node.unit;
  if (unit !== to.node.unit || from === to) return refused("budget.unit-mismatch", ask.to);
  const nodes = [from.node, to.node].sort((a, b) => a.id - b.id);
  const wanted = { kind: "transfer", key, account: ask.from, unit, nodes, amount, person, request: ask.to } as const;
  const again = before(books, wanted);
  if (again !== null) return again;
  if (amount > freeOf(from.node)) return refused("budget.insufficient", ask.from, freeOf(from.node));
  if (to.node.status === "closed") return refused("budget.closed", ask.to);
  post(books, { ...wanted, at: ask.at ?? null, entries: give(from.node, to.node, amount) });
  return DONE;
}

/** Decides that overrun which fits again under the limit is dealt with. */
export function absorb(books: Books, ask: { readonly key: string; readonly account: string; readonly person: string }): ChangeAnswer {
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const { node } = account;
  const done = books.keys.get(ask.key);
  if (done !== undefined) return done.kind === "absorb" && done.account === ask.account ? { kind: "again" } : refused("idempotency.mismatch", ask.key);
  const absorbed = micros(node.overrun - maxMicros(ZERO_MICROS, micros(-freeOf(node))));
  if (absorbed === 0n) return refused("budget.nothing-to-absorb", ask.account);
  const entries = [within(node, "free", "overrun", absorbed)];
  post(books, { kind: "absorb", key: ask.key, account: ask.account, unit: node.unit, nodes: [node], amount: absorbed, person: ask.person, entries });
  return DONE;
}

export type ChangeAsk = {
  readonly key: string;
  readonly account: string;
  /** Null: as it is. */
  readonly status: Level["status"] | null;
  readonly startsAt: Instant | "none" | null;
  readonly endsAt: Instant | "none" | null;
  readonly person: string;
};

/** Opens, freezes or closes an account, or moves its start and end. */
export function changeAccount(books: Books, ask: ChangeAsk): ChangeAnswer {
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const { node } = account;
  const request = JSON.stringify([ask.status, ask.startsAt, ask.endsAt]);
  const wanted = {
    kind: "status",
    key: ask.key,
    account: ask.account,
    unit: node.unit,
    nodes: [node],
    amount: ZERO_MICROS,
    person: ask.person,
    request,
  } as const;
  const again = before(books, wanted);
  if (again !== null) return again;
  const startsAt = moved(ask.startsAt, node.startsAt);
  const endsAt = moved(ask.endsAt, node.endsAt);
  if (startsAt !== null && endsAt !== null && endsAt <= startsAt) return refused("value.range", ask.account);
  node.status = ask.status ?? node.status;
  node.startsAt = startsAt;
  node.endsAt = endsAt;
  post(books, { ...wanted, entries: [] });
  return DONE;
}

function moved(asked: Instant | "none" | null, there: Instant | null): Instant | null {
  if (asked === null) return there;
  return asked === "none" ? null : asked;
}

export type LimitAsk = {
  readonly key: string;
  readonly account: string;
  readonly scope: "person" | "partition";
  readonly subject: string;
  readonly amount: Micros;
  readonly person: string;
};

/** Sets what one person, or the work on one partition, may commit inside an account, counted from now on. */
export function setLimit(books: Books, ask: LimitAsk): ChangeAnswer {
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const request = `${ask.scope}:${ask.subject}`;
  const there = account.limits.get(request);
  const { unit } = account.node;
  const common = { kind: "limit", key: ask.key, account: ask.account, unit, amount: ask.amount, person: ask.person, request } as const;
  const again = before(books, { ...common, nodes: there === undefined ? [] : [there] });
  if (again !== null) return again;
  const node = there ?? openLimit(books, account, request);
  post(books, { ...common, nodes: [node], entries: give("outside", node, micros(ask.amount - node.allocated)) });
  return DONE;
}

function openLimit(books: Books, account: Account, request: string): Node {
  const node = addNode(books, `${account.node.name}/${request}`, account.node.unit, null, null);
  account.limits.set(request, node);
  return node;
}
