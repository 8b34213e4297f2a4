import {
  adjust,
  absorb,
  allocate,
  changeAccount,
  charge,
  expire,
  holdFunded,
  grantExemption,
  openLease,
  releaseFunded,
  renewFunded,
  renewLease,
  returnLease,
  setFundPlan,
  setLimit,
  settleFunded,
  settleLease,
  transfer,
  withdrawExemption,
  type Books,
  type ChangeAnswer,
  type Leased,
  type Node,
} from "#budget/model";
import { instantToIso, invariant, micros, parseInstant, type Instant, type Micros } from "#kernel";
import * as awards from "./award-statements.ts";
import * as policies from "./policy-statements.ts";
import { partId } from "./part-id.ts";
import type { Asks, EndState } from "./random-asks.ts";

/*
 * What PostgreSQL would answer to the statements that the budget room sends, with the model in the place of the ledger's SQL functions. The texts that go in and the
 * rows that come out are those of the driver.
 */

export type Row = Record<string, unknown>;
export type Execute = (text: string, values: readonly unknown[]) => Row[];

type Json = Readonly<Record<string, string | number | boolean | null | undefined | Readonly<Record<string, string>>>>;

export function executor(books: Books): Execute {
  return (text, values) => {
    const [, name = ""] = /headgate\.(\w+)\(/.exec(text) ?? [];
    // In these lives no account has a fund for late rows: by the date of service nothing goes elsewhere.
    const run =
      FUNCTIONS[name.replace(/_(dated|funded)$/, "_many")] ?? (text.includes("sort_key") ? readAccounts : READS.find(([word]) => text.includes(word))?.[1]);
    invariant(run !== undefined, `the simulated PostgreSQL knows this statement: ${text}`);
    return run(books, values);
  };
}

type Run = (books: Books, values: readonly unknown[]) => Row[];

const many =
  (one: (books: Books, ask: Json, now: Instant) => Row): Run =>
  (books, [document, now]) =>
    (JSON.parse(document as string) as Json[]).map((ask) => one(books, ask, at(now)));

const holding = (hold: typeof holdFunded): Run =>
  many((books, ask, now) => {
    const answer = hold(books, holdAsk(ask), ask.id as string, partId, now);
    if (answer.kind === "granted")
      return {
        hold_id: answer.holdId,
        code: null,
        account: ask.account,
        available: null,
        amount: answer.amount,
        replayed: answer.replayed,
        exempt: exemptRow(answer.exempt),
      };
    return { hold_id: null, code: answer.code, account: answer.account, available: answer.available, amount: answer.asked, replayed: false, exempt: null };
  });

const FUNCTIONS: Readonly<Record<string, Run>> = {
  hold_many: holding(holdFunded),
  hold_quoted: holding(policies.heldByQuote),
  make_quote: (books, values) => {
    const answer = policies.quoteMade(books, values, at(values.at(-1)));
    return answer.kind === "made" ? [{ id: answer.id }] : changed(answer);
  },
  set_refund_rule: (books, values) => changed(policies.refundRuleSet(books, values, at(values.at(-1)))),
  set_overrun_policy: (books, values) => changed(policies.overrunPolicySet(books, values)),
  settle_many: many((books, ask, now) => {
    const work = { attempt: ask.attempt as number, amount: money(ask.amount), final: ask.final as boolean, frees: moneyOrNull(ask.frees) };
    const answer = settleFunded(books, { ...closing(ask), ...work, figure: "metered", endState: endOf(ask) }, now);
    return answer.kind === "settled" ? { ...answer, code: null } : { code: answer.code, charged: 0n, returned: 0n, overrun: 0n, refunded: 0n, replayed: false };
  }),
  release_many: many((books, ask) => {
    const answer = releaseFunded(books, closing(ask));
    return answer.kind === "released" ? { ...answer, code: null } : { code: answer.code, returned: 0n, replayed: false };
  }),
  charge_many: many((books, ask) => {
    const answer = charge(books, { ...holdAsk(ask), figure: "billed", at: at(ask.at), note: "" });
    return answer.kind === "charged" ? { ...answer, code: null } : { code: answer.code, number: 0n, charged: 0n, overrun: 0n, replayed: false };
  }),
  adjust_many: many((books, ask) => {
    const common = {
      key: ask.key as string,
      mends: BigInt(ask.mends as string),
      amount: money(ask.amount),
      at: at(ask.at),
      note: ask.note as string,
      approver: "owner",
      by: BY,
    };
    const answer = adjust(books, ask.kind === "write-off" ? { ...common, kind: "write-off", bearer: ask.bearer as string } : { ...common, kind: "refund" });
    if (answer.kind === "adjusted") return { ...answer, code: null, refundable: 0n };
    return { code: answer.code, number: 0n, refundable: answer.refundable, covered: 0n, overrun: 0n, replayed: false };
  }),
  renew_many: many((books, ask, now) => {
    const answer = renewFunded(
      books,
      { ...closing(ask), amount: moneyOrNull(ask.amount), expiresAt: atOrNull(ask.expires_at), until: atOrNull(ask.until) },
      now,
    );
    if (answer.kind === "refused")
      return { code: answer.code, account: answer.account, available: answer.available, amount: answer.asked, returned: 0n, expires_at: null, replayed: false };
    return {
      code: null,
      account: null,
      available: 0n,
      amount: answer.amount,
      returned: answer.returned,
      expires_at: answer.expiresAt,
      replayed: answer.replayed,
    };
  }),
  expire_holds: (books, [limit, , now]) => [{ count: expire(books, limit as number, at(now)) }],
  lease_open: (books, [key, id, account, amount, expiresAt, person, , , now]) => {
    const answer = openLease(books, { key, id, account, amount, expiresAt: at(expiresAt), person } as Parameters<typeof openLease>[1], at(now));
    const isRaised = answer.kind === "refused" && (answer.code === "budget.account-unknown" || answer.code === "value.range");
    return isRaised ? changed(answer) : [leaseRow(answer)];
  },
  lease_renew: (books, [key, id, returns, expiresAt, person]) => [
    leaseRow(renewLease(books, { key, id, returns, expiresAt: at(expiresAt), person } as Parameters<typeof renewLease>[1])),
  ],
  lease_return: (books, values) => {
    const [key, id] = values as string[];
    const now = at(values.at(-1));
    const isExpiry = key!.startsWith("ledger:lease-expire:");
    return [leaseRow(returnLease(books, { key: key!, id: id!, person: isExpiry ? "headgate" : (values[2] as string) }, isExpiry ? now : null))];
  },
  lease_settle: (books, [key, id, reserved, cost, person, subject, partition]) => [
    leaseRow(settleLease(books, { key, id, reserved, cost, person, subject, partition } as Parameters<typeof settleLease>[1])),
  ],
  lease_over: (books, [now]) => {
    const over = [...books.leases.values()].filter(({ state, expiresAt }) => state === "open" && expiresAt <= at(now));
    return [{ id: over.toSorted((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))[0]?.id ?? null }];
  },
  allocate: (books, [key, account, amount, through, cut, person, , , effective]) =>
    changed(allocate(books, { key, account, amount, through, cut, person, at: at(effective) } as Parameters<typeof allocate>[1])),
  transfer: (books, [key, from, to, amount, person, , , effective]) =>
    changed(transfer(books, { key, from, to, amount, person, at: at(effective) } as Parameters<typeof transfer>[1])),
  schedule_releases: (books, values) => changed(awards.scheduled(books, values)),
  release_award: (books, values) => changed(awards.released(books, values, at(values.at(-1)))),
  turn_award: (books, [award, , now]) => awards.turned(books, award, at(now)),
  absorb_overrun: (books, [key, account, person]) => changed(absorb(books, { key, account, person } as Parameters<typeof absorb>[1])),
  change_account: (books, [key, account, status, startsAt, endsAt, person]) =>
    changed(
      changeAccount(books, { key, account, status, startsAt: atOrNone(startsAt), endsAt: atOrNone(endsAt), person } as Parameters<typeof changeAccount>[1]),
    ),
  set_fund_plan: (books, [key, account, mode, funds, shares, person]) => {
    const plan = { mode, funds: (funds as string[]).map((name, index) => ({ account: name, share: (shares as number[] | null)?.[index] ?? null })) };
    return changed(setFundPlan(books, { key, account, plan, person } as Parameters<typeof setFundPlan>[1]));
  },
  grant_exemption: (books, [key, asked, , , now]) => {
    const { starts_at: startsAt, ends_at: endsAt, ...rest } = JSON.parse(asked as string) as Record<string, string | null>;
    return changed(
      grantExemption(books, { key, ...rest, startsAt: atOrNull(startsAt), endsAt: atOrNull(endsAt) } as Parameters<typeof grantExemption>[1], at(now)),
    );
  },
  withdraw_exemption: (books, [key, kind, account, person, , , , now]) =>
    changed(withdrawExemption(books, { key, kind, account, person } as Parameters<typeof withdrawExemption>[1], at(now))),
  set_limit: (books, [key, account, scope, subject, amount, person]) =>
    changed(setLimit(books, { key, account, scope, subject, amount, person } as Parameters<typeof setLimit>[1])),
};

function exemptRow(exempt: Extract<ReturnType<typeof holdFunded>, { kind: "granted" }>["exempt"]): object | null {
  return exempt === undefined ? null : { ...exempt, asked: String(exempt.asked), until: exempt.until === null ? null : instantToIso(exempt.until) };
}

/** Statements that read, told by a word that only they have. */
const READS: readonly (readonly [string, Run])[] = [
  ["spending_limit l", readLimits],
  ["award_periods(w) p", (books, [now]) => awards.readDue(books, at(now))],
  ["award_release r\njoin", awards.readReleases],
  ["headgate.lease l", readLease],
  ["headgate.refund_rule r", policies.readRefundRules],
  ["headgate.overrun_policy p", policies.readOverrunPolicies],
  ["headgate.quote q", policies.readQuotes],
  ["headgate.fund_plan p", policies.readFundPlans],
  // Only looked at for the unit in the words of a refusal.
  ["headgate.hold h", () => []],
  ["ends_at", readDates],
  ["any (a.path)", readPath],
];

function readAccounts(books: Books, [names]: readonly unknown[]): Row[] {
  return (names as string[]).flatMap((name) => {
    const account = books.accounts.get(name);
    if (account === undefined) return [];
    const levels = account.path.map((node) => JSON.parse(JSON.stringify(columnsOf(node), written)) as Row);
    const facts = {
      title: name,
      kind: "project",
      parent: account.parent,
      depth: account.path.length - 1,
      unit: account.node.unit,
      slurm_account: null,
      at_risk: null,
      sort_key: name,
    };
    return [{ ...columnsOf(account.node), ...facts, levels }];
  });
}

function readLimits(books: Books, [account, scope, subject]: readonly unknown[]): Row[] {
  const node = books.accounts.get(account as string)?.limits.get(`${scope as string}:${subject as string}`);
  return node === undefined ? [] : [{ ...columnsOf(node), account, scope, subject, unit: node.unit }];
}

/** One lease, for what is in the way of its renewal. */
function readLease(books: Books, [, , id]: readonly unknown[]): Row[] {
  const lease = books.leases.get(id as string);
  return lease === undefined
    ? []
    : [{ ...lease, unit: accountUnit(books, lease), holder: "owner", why: "", opened_at: null, closed_at: null, expires_at: lease.expiresAt }];
}

function accountUnit(books: Books, { account }: Leased): string {
  return books.accounts.get(account)!.node.unit;
}

function leaseRow(answer: ReturnType<typeof openLease>): Row {
  if (answer.kind === "refused") return { code: answer.code, account: answer.account, available: answer.available };
  return { ...answer, code: null, expires_at: answer.expiresAt };
}

function readDates(books: Books, [names]: readonly unknown[]): Row[] {
  return (names as string[]).flatMap((name) => {
    const node = books.accounts.get(name)?.node;
    return node === undefined ? [] : [{ name, starts_at: node.startsAt, ends_at: node.endsAt, award: null }];
  });
}

function readPath(books: Books, [account]: readonly unknown[]): Row[] {
  return (books.accounts.get(account as string)?.path ?? []).toReversed().map(({ name }) => ({ name }));
}

function columnsOf({ name, status, startsAt, endsAt, allocated, overrun, spent, held, leased }: Node): Row {
  return { name, status, starts_at: startsAt, ends_at: endsAt, allocated, overrun, spent, held, leased };
}

function written(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return typeof value === "number" ? instantToIso(value as Instant) : value;
}

const BY = { person: "owner", source: "simulated" };

function holdAsk(ask: Json): Asks["hold"] {
  const { key, account, unit, person, subject, partition } = ask as Record<string, string>;
  const detail = ask.detail as { request?: string; quote?: string; formula?: Asks["hold"]["formula"] } | null | undefined;
  const request = detail?.request ?? null;
  const common = { key: key!, account: account!, unit: (unit ?? "USD") as "USD", person: person!, subject: subject!, partition: partition ?? null };
  return {
    ...common,
    amount: money(ask.amount),
    expiresAt: atOrNull(ask.expires_at),
    until: atOrNull(ask.until),
    formula: detail?.formula ?? [],
    expected: null,
    request,
    quote: detail?.quote ?? null,
  };
}

function closing(ask: Json): Asks["release"] {
  return { key: ask.key as string, holdId: ask.hold_id as string, at: at(ask.at), note: "" };
}

/** A refusal comes as the error that refuse() raises. */
function changed(answer: ChangeAnswer): Row[] {
  if (answer.kind !== "refused") return [{ done: answer.kind === "done" }];
  const hint = JSON.stringify({ account: answer.account, available: String(answer.available) });
  throw Object.assign(new Error(`${answer.code}: ${answer.account}`), { code: "HG001", severity: "ERROR", detail: answer.code, hint });
}

function endOf(ask: Json): EndState | null {
  return (ask.end_state ?? null) as EndState | null;
}

function money(value: unknown): Micros {
  return micros(BigInt(value as string));
}

function moneyOrNull(value: unknown): Micros | null {
  return value == null ? null : money(value);
}

function at(value: unknown): Instant {
  const parsed = parseInstant(value as string);
  invariant(parsed !== undefined, `a time that is sent can be read: ${String(value)}`);
  return parsed;
}

function atOrNone(value: unknown): Instant | "none" | null {
  return value === "-infinity" || value === "infinity" ? "none" : atOrNull(value);
}

function atOrNull(value: unknown): Instant | null {
  return value == null ? null : at(value);
}
