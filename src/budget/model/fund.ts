import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros, type ProblemCode } from "#kernel";
import { decideHold } from "../decide-hold.ts";
import { byShares, decidePlan, type FundPlan } from "../fund/fund.ts";
import type { HoldAnswer, HoldAsk, ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "../ledger-types.ts";
import type { RenewAnswer, RenewAsk } from "../renew/renew.ts";
import { nodesOf, post, type Books, type Hold, type Split } from "./books.ts";
import { refused, type ChangeAnswer } from "./change.ts";
import { hold, renew } from "./commit.ts";
import { release } from "./end.ts";
import { recall } from "./lease.ts";
import { settleByPolicy } from "./overrun.ts";

/* Reservations out of several funds: each part is a reservation of its own, and all together are one for whoever asks. See migrations 000019 and 000020. */

type Plan = Pick<FundPlan, "mode" | "funds">;
type Part = { readonly ordinal: number; readonly held: Hold; readonly share: number | null };

const WHOLE = 1_000_000n;

export type PlanAsk = { readonly key: string; readonly account: string; readonly plan: Plan; readonly person: string };

export function setFundPlan(books: Books, ask: PlanAsk): ChangeAnswer {
  const request = `funds ${JSON.stringify(ask.plan)}`;
  const done = books.keys.get(ask.key);
  if (done !== undefined)
    return done.kind === "policy" && done.account === ask.account && done.request === request ? { kind: "again" } : refused("idempotency.mismatch", ask.key);
  const account = books.accounts.get(ask.account);
  if (account === undefined) return refused("budget.account-unknown", ask.account);
  const isFundElsewhere = [...books.plans].some(([name, { funds }]) => name !== ask.account && funds.some((fund) => fund.account === ask.account));
  for (const fund of ask.plan.funds) {
    const other = books.accounts.get(fund.account);
    if (other === undefined) return refused("budget.account-unknown", fund.account);
    if (other.node.unit !== account.node.unit) return refused("budget.unit-mismatch", fund.account);
    if (fund.account !== ask.account && (books.plans.has(fund.account) || isFundElsewhere)) return refused("budget.fund-chain", fund.account);
  }
  if (ask.plan.funds.length === 0) books.plans.delete(ask.account);
  else books.plans.set(ask.account, ask.plan);
  const { unit } = account.node;
  post(books, {
    kind: "policy",
    key: ask.key,
    account: ask.account,
    unit,
    nodes: [account.node],
    amount: ZERO_MICROS,
    person: ask.person,
    request,
    entries: [],
  });
  return { kind: "done" };
}

function keyOf(key: string, ordinal: number): string {
  return ordinal === 1 ? key : `fund:${ordinal}:${key}`;
}

/** `partId` gives the id of another part of the reservation `id`. */
export function holdFunded(books: Books, ask: HoldAsk, id: string, partId: (id: string, ordinal: number) => string, now: Instant): HoldAnswer {
  const said = [ask.account, ask.amount, ask.person, ask.subject, ask.request ?? null];
  const before = books.funded.get(ask.key);
  if (before !== undefined) {
    if (!before.said.every((one, index) => one === said[index])) return refuse(ask, "idempotency.mismatch");
    return { kind: "granted", holdId: before.holdId, amount: before.total, replayed: true };
  }
  const plan = books.plans.get(ask.account);
  const account = books.accounts.get(ask.account);
  if (plan === undefined || account === undefined || books.keys.has(ask.key) || books.refusals.has(ask.key)) return hold(books, ask, id, now);
  if ((ask.unit ?? "USD") !== account.node.unit) return refuse(ask, "budget.unit-mismatch");
  const levels = plan.funds.map((fund) => nodesOf(books, books.accounts.get(fund.account)!, ask.person, ask.partition ?? null));
  const decision = decidePlan(plan, account.node, levels, ask.amount, now, ask.until ?? null);
  if (decision.kind === "refused") {
    const { code, level, available } = decision;
    if (code === "budget.insufficient") recall(books, level, micros(ask.amount - available));
    const request = ask.request ?? null;
    books.refusals.set(ask.key, { account: ask.account, person: ask.person, subject: ask.subject, asked: ask.amount, request, code, level, available });
    return refuse(ask, code, level, available, decision.date);
  }
  const parts = decision.parts.map((part, index) => ({ ordinal: index + 1, holdId: index === 0 ? id : partId(id, index + 1), ...part }));
  for (const { ordinal, holdId, ...part } of parts) hold(books, { ...ask, ...part, key: keyOf(ask.key, ordinal) }, holdId, now);
  for (const { holdId } of parts.slice(1)) books.followers.add(holdId);
  for (const { holdId } of parts) books.workOf.set(holdId, ask.account);
  books.funded.set(ask.key, { said, holdId: id, total: ask.amount });
  books.parts.set(
    id,
    parts.map(({ ordinal, holdId }) => ({ ordinal, holdId, share: plan.mode === "share" ? plan.funds[ordinal - 1]!.share : null })),
  );
  return { kind: "granted", holdId: id, amount: ask.amount, replayed: false };
}

function refuse(ask: HoldAsk, code: ProblemCode, level = ask.account, available = ZERO_MICROS, date: Instant | null = null): HoldAnswer {
  const answer = { kind: "refused", code, account: level, available, asked: ask.amount } as const;
  return date === null ? answer : { ...answer, date };
}

/** The parts as they stand, without those that somebody released. */
function partsOf(books: Books, leader: string): readonly Part[] {
  const parts = (books.parts.get(leader) ?? []).map(({ ordinal, holdId, share }) => ({ ordinal, held: books.holds.get(holdId)!, share }));
  return parts.filter(({ held }) => held.state !== "released");
}

function inOrder(amount: Micros, rooms: readonly Micros[]): Micros[] {
  let left = amount;
  return rooms.map((room) => {
    const part = maxMicros(ZERO_MICROS, minMicros(room, left));
    left = micros(left - part);
    return part;
  });
}

function sumOf(amounts: readonly Micros[]): Micros {
  return micros(amounts.reduce((sum, one) => sum + one, 0n));
}

/** By shares that need not add up to the whole, since a part may have been released: the last one takes what is left. */
function bySome(amount: Micros, shares: readonly number[]): Micros[] {
  const sum = BigInt(shares.reduce((total, share) => total + share, 0)) || 1n;
  const parts = [
    ...byShares(
      amount,
      shares.map((share) => Number((BigInt(share) * WHOLE) / sum)),
    ),
  ];
  parts[parts.length - 1] = micros(parts.at(-1)! + amount - sumOf(parts));
  return parts;
}

function divideCharge(parts: readonly Part[], amount: Micros): Micros[] {
  const rooms = parts.map(({ held }) => held.remaining);
  if (parts[0]!.share === null) {
    const divided = inOrder(amount, rooms);
    divided[divided.length - 1] = micros(divided.at(-1)! + amount - sumOf(divided));
    return divided;
  }
  const shares = parts.map(({ share }) => share ?? 0);
  const first = bySome(amount, shares).map((part, index) => minMicros(part, rooms[index]!));
  const second = inOrder(
    micros(amount - sumOf(first)),
    rooms.map((room, index) => micros(room - first[index]!)),
  );
  const divided = first.map((part, index) => micros(part + second[index]!));
  const left = micros(amount - sumOf(divided));
  if (left === 0n) return divided;
  const beyond = bySome(left, shares);
  return divided.map((part, index) => micros(part + beyond[index]!));
}

export function settleFunded(books: Books, ask: SettleAsk, now: Instant): SettleAnswer {
  if (books.followers.has(ask.holdId)) return { kind: "refused", code: "budget.hold-part" };
  if (!books.parts.has(ask.holdId)) return settleByPolicy(books, ask, now);
  const before = books.splits.get(ask.key);
  if (before !== undefined && (before.kind !== "settle" || before.leader !== ask.holdId || before.asked !== ask.amount))
    return { kind: "refused", code: "idempotency.mismatch" };
  const split = before ?? splitSettlement(books, ask);
  if (split === null) return settleByPolicy(books, ask, now);
  books.splits.set(ask.key, split);
  const answers = (books.parts.get(ask.holdId) ?? []).flatMap(({ ordinal, holdId }) => {
    const [amount, frees] = [split.amounts.get(ordinal) ?? ZERO_MICROS, split.frees.get(ordinal) ?? ZERO_MICROS];
    const isMoved = ordinal === 1 || amount > 0n || frees > 0n || (ask.final && books.holds.get(holdId)!.state !== "released");
    return isMoved ? [settleByPolicy(books, { ...ask, key: keyOf(ask.key, ordinal), holdId, amount, frees }, now)] : [];
  });
  const refusal = answers.find((answer) => answer.kind === "refused");
  if (refusal !== undefined) return refusal;
  const done = answers.filter((answer) => answer.kind === "settled");
  return {
    kind: "settled",
    charged: sumOf(done.map(({ charged }) => charged)),
    returned: sumOf(done.map(({ returned }) => returned)),
    overrun: done.reduce((most, { overrun }) => maxMicros(most, overrun), ZERO_MICROS),
    refunded: sumOf(done.map(({ refunded }) => refunded)),
    replayed: done[0]!.replayed,
  };
}

function splitSettlement(books: Books, ask: SettleAsk): Split | null {
  const parts = partsOf(books, ask.holdId);
  if (parts[0]?.ordinal !== 1 || books.keys.has(ask.key) || books.attempts.has(`${ask.holdId} ${ask.attempt}`)) return null;
  const divided = divideCharge(parts, ask.amount);
  const backwards = parts.map(({ held }, index) => maxMicros(ZERO_MICROS, micros(held.remaining - divided[index]!))).toReversed();
  const back = inOrder(ask.frees ?? ZERO_MICROS, backwards).toReversed();
  return {
    kind: "settle",
    leader: ask.holdId,
    asked: ask.amount,
    amounts: new Map(parts.map(({ ordinal }, index) => [ordinal, divided[index]!])),
    frees: new Map(parts.map(({ ordinal }, index) => [ordinal, back[index]!])),
  };
}

export function releaseFunded(books: Books, ask: ReleaseAsk): ReleaseAnswer {
  if (books.followers.has(ask.holdId)) return { kind: "refused", code: "budget.hold-part" };
  const isOpen = books.holds.get(ask.holdId)?.state === "open" && !books.keys.has(ask.key);
  const others = (books.parts.get(ask.holdId) ?? []).filter(({ ordinal, holdId }) => {
    return ordinal > 1 && (books.keys.has(keyOf(ask.key, ordinal)) || (isOpen && books.holds.get(holdId)!.state === "open"));
  });
  const first = release(books, ask);
  if (first.kind === "refused") return first;
  const rest = others.map(({ ordinal, holdId }) => release(books, { ...ask, key: keyOf(ask.key, ordinal), holdId }));
  return { ...first, returned: sumOf([first, ...rest].map((answer) => (answer.kind === "released" ? answer.returned : ZERO_MICROS))) };
}

export function renewFunded(books: Books, ask: RenewAsk, now: Instant): RenewAnswer {
  if (books.followers.has(ask.holdId)) return { kind: "refused", code: "budget.hold-part", account: "", available: ZERO_MICROS, asked: ZERO_MICROS };
  const before = books.splits.get(ask.key);
  if (before !== undefined && (before.kind !== "renew" || before.leader !== ask.holdId || before.asked !== ask.amount))
    return { kind: "refused", code: "idempotency.mismatch", account: "", available: ZERO_MICROS, asked: ZERO_MICROS };
  const leader = books.holds.get(ask.holdId);
  const isNew = books.parts.has(ask.holdId) && leader?.state === "open" && !books.refusals.has(ask.key) && !books.keys.has(ask.key);
  if (before === undefined && !isNew) return renew(books, ask, now);
  const split = before ?? splitRenewal(books, ask, now);
  if (!("amounts" in split)) {
    const { code, level, available } = split;
    const { account, person } = leader!;
    books.refusals.set(ask.key, { account, person, subject: `reprice:${ask.holdId}`, asked: ask.amount, request: null, code, level, available });
    return { kind: "refused", code, account: level, available, asked: ask.amount ?? ZERO_MICROS };
  }
  books.splits.set(ask.key, split);
  const answers = (books.parts.get(ask.holdId) ?? []).flatMap(({ ordinal, holdId }) => {
    const amount = split.amounts.get(ordinal) ?? null;
    const isMoved = ordinal === 1 || amount !== null || (ask.amount === null && books.holds.get(holdId)!.state === "open");
    return isMoved ? [renew(books, { ...ask, key: keyOf(ask.key, ordinal), holdId, amount }, now)] : [];
  });
  const refusal = answers.find((answer) => answer.kind === "refused");
  if (refusal !== undefined) return refusal;
  const done = answers.filter((answer) => answer.kind === "renewed");
  return {
    kind: "renewed",
    amount: sumOf(done.map(({ amount }) => amount)),
    returned: sumOf(done.map(({ returned }) => returned)),
    expiresAt: done.map(({ expiresAt }) => expiresAt).reduce((last, one) => (one !== null && (last === null || one > last) ? one : last), null),
    replayed: done.every(({ replayed }) => replayed),
  };
}

type Unfit = { readonly code: ProblemCode; readonly level: string; readonly available: Micros };

/** What is more goes to the parts as they have room, or by share; what is less is taken from the last on. */
function splitRenewal(books: Books, ask: RenewAsk, now: Instant): Split | Unfit {
  const parts = partsOf(books, ask.holdId);
  const amounts = parts.map(({ held }) => held.amount);
  const total = sumOf(amounts);
  let more = ask.amount === null ? ZERO_MICROS : micros(ask.amount - total);
  if (more < 0n) {
    const back = inOrder(micros(-more), parts.map(({ held }) => held.remaining).toReversed()).toReversed();
    for (const [index, part] of back.entries()) amounts[index] = micros(amounts[index]! - part);
  } else if (more > 0n) {
    const shares = parts.map(({ share }) => share);
    const wanted = shares[0] === null ? null : bySome(more, shares.map(Number));
    const taken = new Map<string, bigint>();
    let first: Unfit | undefined;
    for (const [index, { held }] of parts.entries()) {
      const path = held.nodes.map((node) => ({ ...node, held: micros(node.held + (taken.get(node.name) ?? 0n)) }));
      const room = decideHold(path, micros(9_223_372_036_854_775_807n), now, ask.until ?? null);
      if (room.kind === "granted") continue;
      if (first === undefined || (first.code !== "budget.insufficient" && room.code === "budget.insufficient")) first = room;
      const part = wanted === null ? minMicros(more, maxMicros(ZERO_MICROS, room.available)) : wanted[index]!;
      if (part > room.available && part > 0n) return { code: room.code, level: room.level, available: micros(total + maxMicros(ZERO_MICROS, room.available)) };
      amounts[index] = micros(amounts[index]! + part);
      more = micros(more - part);
      for (const node of path) taken.set(node.name, (taken.get(node.name) ?? 0n) + part);
    }
    if (more > 0n) return { code: first!.code, level: first!.level, available: sumOf(amounts) };
  }
  const divided = new Map(ask.amount === null ? [] : parts.map(({ ordinal }, index) => [ordinal, amounts[index]!]));
  return { kind: "renew", leader: ask.holdId, asked: ask.amount, amounts: divided, frees: new Map() };
}
