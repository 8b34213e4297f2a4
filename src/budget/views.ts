import type { AccountParts } from "#access";
import { assertNever, formatMoney, instantToIso, micros, microsToDecimal, type Instant, type MoneyUnit } from "#kernel";
import type { AccountRecord, ExplainedLevel } from "./account-store.ts";
import type { IndirectTotal } from "./award/store.ts";
import type { LimitRecord } from "./change/store.ts";
import type { AccountView, BudgetStatus, Explanation, HoldView, JournalTransaction, LimitView } from "./contract.ts";
import type { HoldDetail } from "./hold-contract.ts";
import { canCommit, freeOf, type Level } from "./decide-hold.ts";
import type { HoldPart } from "./fund/store.ts";
import { exemptToWire } from "./exempt/views.ts";
import type { HoldRecord, JournalRecord } from "./movement-store.ts";
import type { Overhead } from "./overhead/overhead.ts";
import { alarmsToWire } from "./overhead/views.ts";
import type { StandingCost } from "./standing/standing.ts";
import { standingToWire } from "./standing/views.ts";

/*
 * From records to wire shapes.
 */

function iso(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}

function balanceOf(level: Level & { readonly unit: MoneyUnit }) {
  return {
    unit: level.unit,
    allocated: microsToDecimal(level.allocated),
    spent: microsToDecimal(level.spent),
    reserved: microsToDecimal(level.held),
    leased: microsToDecimal(level.leased),
    overrun: microsToDecimal(level.overrun),
    free: microsToDecimal(freeOf(level)),
  };
}

export function accountToWire(account: AccountRecord, people: AccountParts | undefined, now: Instant): AccountView {
  const can = canCommit(account.levels, now);
  return {
    name: account.name,
    title: account.title,
    kind: account.kind,
    parent: account.parent,
    depth: account.depth,
    status: account.status,
    stopped: account.stopped ?? null,
    starts_at: iso(account.startsAt),
    ends_at: iso(account.endsAt),
    slurm_account: account.slurmAccount,
    at_risk: account.atRisk,
    reserve_at: account.reserveAt,
    reserve_at_from: account.reserveAtFrom,
    managers: [...(people?.managers ?? [])],
    members: [...(people?.members ?? [])],
    pi: people?.pi ?? null,
    delegates: (people?.delegates ?? []).map((one) => ({ person: one.person, from: iso(one.from), until: iso(one.until), appointed_by: one.appointedBy })),
    ...balanceOf(account),
    can_commit: microsToDecimal(can.amount),
    binding: can.binding,
  };
}

export function limitToWire(limit: LimitRecord): LimitView {
  return { account: limit.account, scope: limit.scope, subject: limit.subject, ...balanceOf(limit) };
}

export function holdToWire(hold: HoldRecord): HoldView {
  return {
    id: hold.id,
    account: hold.account,
    person: hold.person,
    subject: hold.subject,
    unit: hold.unit,
    amount: microsToDecimal(hold.amount),
    remaining: microsToDecimal(hold.remaining),
    charged: microsToDecimal(hold.charged),
    expected: hold.expected === null ? null : microsToDecimal(hold.expected),
    state: hold.state,
    quote: hold.quote,
    formula: [...hold.formula],
    history: hold.history.map((one) => ({
      at: instantToIso(one.at),
      why: one.why,
      amount: microsToDecimal(one.amount),
      expires_at: iso(one.expiresAt),
      formula: [...one.formula],
    })),
    created_at: instantToIso(hold.createdAt),
    expires_at: iso(hold.expiresAt),
    closed_at: iso(hold.closedAt),
    exempt: exemptToWire(hold.exempt),
    attempts: hold.attempts.map((one) => ({ attempt: one.attempt, charged: microsToDecimal(one.charged), figure: one.figure, at: instantToIso(one.at) })),
  };
}

export function partToWire(part: HoldPart): HoldDetail["funds"][number] {
  const { account, holdId, amount, remaining, charged } = part;
  return { account, hold_id: holdId, amount: microsToDecimal(amount), remaining: microsToDecimal(remaining), charged: microsToDecimal(charged) };
}

export function journalToWire(record: JournalRecord): JournalTransaction {
  return {
    number: String(record.number),
    kind: record.kind,
    booked_at: instantToIso(record.bookedAt),
    effective_at: instantToIso(record.effectiveAt),
    person: record.person,
    source: record.source,
    why: record.why,
    hold_id: record.holdId,
    key: record.key,
    figure: record.figure,
    entries: record.entries.map((entry) => ({ account: entry.account, pocket: entry.pocket, unit: record.unit, amount: microsToDecimal(entry.amount) })),
  };
}

export function statusToWire(ask: {
  person: string;
  defaultAccount: string | null;
  accounts: readonly AccountView[];
  more: boolean;
  standing: readonly StandingCost[];
  overhead: readonly Overhead[];
  indirect: readonly IndirectTotal[];
}): BudgetStatus {
  const perDay = new Map<MoneyUnit, bigint>();
  for (const cost of ask.standing) perDay.set(cost.unit, (perDay.get(cost.unit) ?? 0n) + cost.perDay);
  return {
    person: ask.person,
    default_account: ask.defaultAccount,
    accounts: [...ask.accounts],
    more: ask.more,
    standing_costs: ask.standing.map(standingToWire),
    standing_per_day: [...perDay].map(([unit, amount]) => ({ unit, amount: microsToDecimal(micros(amount)) })),
    overhead_alarms: alarmsToWire(ask.overhead),
    indirect: ask.indirect.map((one) => ({ ...one, spent: microsToDecimal(one.spent), reserved: microsToDecimal(one.reserved) })),
  };
}

/**
 * Why an account can commit what it can. `account` has its own levels, those that every ask counts against; `levels` may name limits for
 * a person or a partition besides, which are shown but bind only the work they are for.
 */
export function explanationToWire(account: AccountRecord, levels: readonly ExplainedLevel[], holds: readonly HoldRecord[], now: Instant): Explanation {
  const can = canCommit(account.levels, now);
  return {
    account: account.name,
    unit: account.unit,
    can_commit: microsToDecimal(can.amount),
    binding: can.binding,
    reason: reasonOf(account, can),
    levels: levels.map((level) => ({
      name: level.name,
      kind: level.kind,
      status: level.status,
      starts_at: iso(level.startsAt),
      ends_at: iso(level.endsAt),
      ...balanceOf(level),
      can_commit: microsToDecimal(canCommit([level], now).amount),
      binds: level.name === can.binding,
    })),
    holds: holds.map(holdToWire),
  };
}

function reasonOf(account: AccountRecord, can: ReturnType<typeof canCommit>): string {
  const level = account.levels.find(({ name }) => name === can.binding);
  if (level === undefined) return `${account.name} has no level that binds`;
  switch (can.block) {
    case null: {
      const parts = [`${formatMoney(level.spent, account.unit)} is spent`, `${formatMoney(level.held, account.unit)} reserved`];
      if (level.leased > 0n) parts.push(`${formatMoney(level.leased, account.unit)} leased`);
      return `${level.name} has ${formatMoney(can.amount, account.unit)} free of ${formatMoney(level.allocated, account.unit)}: ${parts.join(", ")}.`;
    }
    case "budget.overrun":
      return `${level.name} is overrun by ${formatMoney(level.overrun, account.unit)}; nothing new can be committed until somebody who funds it decides.`;
    case "budget.frozen":
      return `${level.name} is frozen.`;
    case "budget.approval-needed":
      return `${level.name} needs approval for new work since an alert rang: headgate budget alert history ${level.name} --state ringing says why.`;
    case "budget.stopped":
      return `${level.name} takes no new work since an alert rang: headgate budget alert history ${level.name} --state ringing says why.`;
    case "budget.closed":
      return `${level.name} is closed.`;
    case "budget.not-started":
      return `${level.name} starts on ${iso(level.startsAt)}.`;
    case "budget.ended":
      return `${level.name} ended on ${iso(level.endsAt)}.`;
    default:
      return assertNever(can.block);
  }
}
