import { maxMicros, micros, ZERO_MICROS, type Instant, type Micros, type ProblemCode } from "#kernel";
import { decideHold, type HoldDecision } from "../decide-hold.ts";
import type { HoldAnswer, HoldAsk } from "../ledger-types.ts";
import { decideRenewal, type RenewAnswer, type RenewAsk } from "../renew/renew.ts";
import { lift } from "./exempt.ts";
import { nodesOf, ownNode, post, within, type Account, type Books, type Hold } from "./books.ts";
import { recall } from "./lease.ts";

/* New commitments: the only things that a limit refuses. */

/** Reserves, under the id that the hold gets. */
export function hold(books: Books, ask: HoldAsk, id: string, now: Instant): HoldAnswer {
  const request = ask.request ?? null;
  const said = [ask.account, ask.amount, ask.person, ask.subject, request] as const;
  const done = books.keys.get(ask.key);
  if (done !== undefined) {
    const exempt = books.exempt.get(ask.key);
    const isSame = done.kind === "hold" && same([done.account, exempt?.asked ?? done.amount, done.person, done.subject, done.request], said);
    if (!isSame) return refused("idempotency.mismatch", ask);
    return { kind: "granted", holdId: done.holdId!, amount: done.amount, replayed: true, ...(exempt === undefined ? {} : { exempt }) };
  }
  const before = books.refusals.get(ask.key);
  if (before !== undefined) {
    if (!same([before.account, before.asked, before.person, before.subject, before.request], said)) return refused("idempotency.mismatch", ask);
    return { ...refused(before.code, ask, before.level, before.available), ...dateOf(books, before.code, before.level) };
  }
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask);
  if ((ask.unit ?? "USD") !== account.node.unit) return refused("budget.unit-mismatch", ask);
  const nodes = nodesOf(books, account, ask.person, ask.partition ?? null);
  const decision = decideHold(nodes, ask.amount, now, ask.until ?? null);
  const lifted = decision.kind === "granted" ? null : lift(books, ask, { decision, levels: nodes, path: account.path }, now);
  if (lifted !== null && lifted.kind === "refused") {
    const { code, level, available } = lifted;
    if (code === "budget.insufficient") recall(books, level, micros(ask.amount - available));
    books.refusals.set(ask.key, { account: ask.account, person: ask.person, subject: ask.subject, asked: ask.amount, request, code, level, available });
    return { ...refused(code, ask, level, available), ...dateOf(books, code, level) };
  }
  const amount = lifted === null ? ask.amount : ZERO_MICROS;
  post(books, {
    kind: "hold",
    key: ask.key,
    account: ask.account,
    unit: account.node.unit,
    nodes,
    amount,
    holdId: id,
    person: ask.person,
    subject: ask.subject,
    expiresAt: ask.expiresAt,
    request,
    quote: ask.quote ?? null,
    entries: [within(account.node, "free", "held", amount)],
  });
  books.holds.set(id, holdOf({ ...ask, amount }, id, account, nodes));
  if (lifted !== null) books.exempt.set(ask.key, lifted.exempt);
  return { kind: "granted", holdId: id, amount, replayed: false, ...(lifted === null ? {} : { exempt: lifted.exempt }) };
}

function holdOf(ask: HoldAsk, id: string, account: Account, nodes: Hold["nodes"]): Hold {
  const { person, subject, amount, expiresAt } = ask;
  return {
    id,
    account: ask.account,
    nodes,
    unit: account.node.unit,
    person,
    subject,
    amount,
    remaining: amount,
    charged: ZERO_MICROS,
    state: "open",
    expiresAt,
  };
}

function refused(code: ProblemCode, ask: HoldAsk, level = ask.account, available = ZERO_MICROS): Extract<HoldAnswer, { kind: "refused" }> {
  return { kind: "refused", code, account: level, available, asked: ask.amount };
}

/** The date that a refusal is about, as its level stands now. Limits inside an account have none. */
function dateOf(books: Books, code: ProblemCode, level: string): { date?: Instant | null } {
  const node = books.accounts.get(level)?.node;
  if (node === undefined) return {};
  if (code === "budget.not-started") return { date: node.startsAt };
  return code === "budget.ended" || code === "budget.crosses-end" ? { date: node.endsAt } : {};
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((value, index) => value === other[index]);
}

/** Changes an open hold: until when it stands, how much it is in total. */
export function renew(books: Books, ask: RenewAsk, now: Instant): RenewAnswer {
  const held = books.holds.get(ask.holdId);
  const said = `${ask.amount} ${ask.expiresAt}`;
  const done = books.keys.get(ask.key);
  if (done !== undefined) {
    const isSame = (done.kind === "renew" || done.kind === "reprice") && done.holdId === ask.holdId && done.request === said;
    if (!isSame) return unchanged("idempotency.mismatch");
    const returned = maxMicros(ZERO_MICROS, micros(-done.amount));
    return { kind: "renewed", amount: done.total, returned, expiresAt: done.expiresAt, replayed: true };
  }
  const subject = `reprice:${ask.holdId}`;
  const before = books.refusals.get(ask.key);
  if (before !== undefined) {
    const isSame = before.account === held?.account && before.subject === subject && before.asked === ask.amount;
    return unchanged(isSame ? before.code : "idempotency.mismatch", before.level, before.available, ask.amount);
  }
  if (held === undefined) return unchanged("budget.hold-unknown");
  if (held.state !== "open") return unchanged("budget.hold-closed");
  const decision = decideRenewal(held, held.nodes, ask.amount, now, ask.until ?? null);
  if (decision.kind === "refused") return refuseRenewal(books, ask, held, decision);
  const expiresAt = ask.expiresAt ?? held.expiresAt;
  const total = micros(held.amount + decision.more);
  postRenewal(books, ask, held, { more: decision.more, total, expiresAt, said });
  return { kind: "renewed", amount: total, returned: maxMicros(ZERO_MICROS, micros(-decision.more)), expiresAt, replayed: false };
}

function refuseRenewal(books: Books, ask: RenewAsk, held: Hold, { code, level, available }: Exclude<HoldDecision, { kind: "granted" }>): RenewAnswer {
  const subject = `reprice:${ask.holdId}`;
  books.refusals.set(ask.key, { account: held.account, person: held.person, subject, asked: ask.amount, request: null, code, level, available });
  return unchanged(code, level, available, ask.amount);
}

type Change = { readonly more: Micros; readonly total: Micros; readonly expiresAt: Instant | null; readonly said: string };

/** Writes a new total of a hold, which was decided. */
export function postRenewal(books: Books, ask: Pick<RenewAsk, "key" | "amount">, held: Hold, { more, total, expiresAt, said }: Change): void {
  const own = ownNode(books, held.account);
  post(books, {
    kind: ask.amount === null ? "renew" : "reprice",
    key: ask.key,
    account: held.account,
    unit: held.unit,
    nodes: held.nodes,
    amount: more,
    total,
    holdId: held.id,
    person: held.person,
    subject: held.subject,
    expiresAt,
    request: said,
    entries: [more > 0n ? within(own, "free", "held", more) : within(own, "held", "free", micros(-more))],
  });
  held.amount = total;
  held.remaining = micros(held.remaining + more);
  held.expiresAt = expiresAt;
}

function unchanged(code: ProblemCode, account = "", available = ZERO_MICROS, asked: Micros | null = null): RenewAnswer {
  return { kind: "refused", code, account, available, asked: asked ?? ZERO_MICROS };
}
