import { loadStatement, type Database } from "#db";
import { instantToIso, invariant, micros, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { done, type Author } from "../account-store.ts";
import type {
  Award,
  AwardChange,
  AwardFacts,
  BudgetPeriod,
  CarryRule,
  IndirectRate,
  KeptIndirect,
  Crossing,
  NewAward,
  PlannedRelease,
  Release,
  ReleaseGate,
} from "./award.ts";

/*
 * The functions of the ledger that keep awards (src/db/migrations, award). Each gives true when it was done now, false when it had been done.
 */

export type Decision = { readonly key: string; readonly approver: string | null; readonly reason: string };

export function createAward(db: Database, award: NewAward, decision: Decision, by: Author): Promise<boolean> {
  return setAward(
    db,
    true,
    {
      number: award.number,
      account: award.account,
      starts_on: award.startsOn,
      through: award.through,
      period_months: award.periodMonths,
      ...termsText(award),
      ends_on: award.endsOn,
    },
    decision,
    by,
  );
}

export function changeAward(
  db: Database,
  number: string,
  change: AwardChange & { readonly endsOn?: string },
  decision: Decision,
  by: Author,
): Promise<boolean> {
  return setAward(db, false, { number, ...termsText(change), ...(change.endsOn === undefined ? {} : { ends_on: change.endsOn }) }, decision, by);
}

function termsText({ agency, title, pi, total, carry, lateAccount, closeoutDays, facts }: AwardChange): Record<string, unknown> {
  return { agency, title, pi, total: total === undefined ? undefined : String(total), carry, late_account: lateAccount, closeout_days: closeoutDays, facts };
}

function setAward(db: Database, isNew: boolean, asked: Record<string, unknown>, decision: Decision, by: Author): Promise<boolean> {
  return done(db, "select headgate.set_award($1, $2, $3, $4, $5, $6, $7, $8) as done", [
    decision.key,
    isNew,
    JSON.stringify(asked),
    decision.approver,
    by.person,
    by.source,
    decision.reason,
    instantToIso(by.now),
  ]);
}

export function scheduleReleases(
  db: Database,
  ask: { readonly key: string; readonly award: string; readonly releases: readonly PlannedRelease[]; readonly reason: string },
  by: Author,
): Promise<boolean> {
  const releases = ask.releases.map((one) => ({ amount: String(one.amount), gate: one.gate, due_on: one.dueOn, label: one.label }));
  return done(db, "select headgate.schedule_releases($1, $2, $3, $4, $5, $6, $7) as done", [
    ask.key,
    ask.award,
    JSON.stringify(releases),
    by.person,
    by.source,
    ask.reason,
    instantToIso(by.now),
  ]);
}

export function releaseAward(
  db: Database,
  ask: { readonly award: string; readonly ordinal: number; readonly approver: string | null; readonly report: string | null },
  by: Author,
): Promise<boolean> {
  return done(db, "select headgate.release_award($1, $2, $3, $4, $5, $6, $7) as done", [
    ask.award,
    ask.ordinal,
    ask.approver,
    ask.report,
    by.person,
    by.source,
    instantToIso(by.now),
  ]);
}

/** Awards for which the calendar asks something, at most 500 at a time. */
export async function awardsDue(db: Database, now: Instant): Promise<string[]> {
  const rows = await db.query<{ number: string }>({ ...loadStatement("budget", "awards-due"), values: [instantToIso(now)], readOnly: true });
  return rows.map(({ number }) => number);
}

/** Gives how much was done. */
export async function turnAward(db: Database, award: string, source: string, now: Instant): Promise<number> {
  const [row] = await db.query<{ count: number }>("select headgate.turn_award($1, $2, $3) as count", [award, source, instantToIso(now)]);
  invariant(row !== undefined, "a function gives one row");
  return row.count;
}

type AwardRow = {
  readonly number: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly agency: string;
  readonly title: string;
  readonly pi: string;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly total: bigint;
  readonly period_months: number;
  readonly carry: CarryRule;
  readonly through: boolean;
  readonly late_account: string | null;
  readonly closeout_days: number;
  readonly late: bigint;
  readonly facts: AwardFacts;
  readonly scheduled: bigint;
  readonly released: bigint;
};

/** In the order of their numbers. `accounts` null: of every account. */
export async function listAwards(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly number: string | null;
    readonly after: string;
    readonly limit: number;
    readonly on: string | null;
  },
): Promise<Award[]> {
  const rows = await db.query<AwardRow>({
    ...loadStatement("budget", "awards"),
    values: [ask.accounts, ask.number, ask.after, ask.limit, ask.on],
    readOnly: true,
  });
  return rows.map(({ starts_on, ends_on, period_months, late_account, closeout_days, ...row }) => ({
    ...row,
    startsOn: starts_on,
    endsOn: ends_on,
    periodMonths: period_months,
    lateAccount: late_account,
    closeoutDays: closeout_days,
    late: micros(row.late),
    total: micros(row.total),
    scheduled: micros(row.scheduled),
    released: micros(row.released),
  }));
}

type PeriodRow = {
  readonly ordinal: number;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly spent: bigint;
  readonly lapsed: bigint | null;
  readonly left_over: bigint | null;
};

export async function periodsOf(db: Database, award: string): Promise<BudgetPeriod[]> {
  const rows = await db.query<PeriodRow>({ ...loadStatement("budget", "award-periods"), values: [award], readOnly: true });
  return rows.map((row) => ({
    ordinal: row.ordinal,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    spent: micros(row.spent),
    lapsed: amountOrNull(row.lapsed),
    left: amountOrNull(row.left_over),
  }));
}

function amountOrNull(amount: bigint | null): Micros | null {
  return amount === null ? null : micros(amount);
}

type ReleaseRow = {
  readonly award: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly ordinal: number;
  readonly amount: bigint;
  readonly gate: ReleaseGate;
  readonly due_on: string | null;
  readonly label: string;
  readonly released_at: Instant | null;
  readonly transaction: bigint | null;
  readonly words: string | null;
  readonly released_by: string | null;
};

/** In the order of awards and their ordinals. `accounts` null: of every account; `award` null: of all awards. */
export async function listReleases(
  db: Database,
  ask: {
    readonly accounts: readonly string[] | null;
    readonly award: string | null;
    readonly after: { readonly award: string; readonly ordinal: number };
    readonly limit: number;
  },
): Promise<Release[]> {
  const rows = await db.query<ReleaseRow>({
    ...loadStatement("budget", "award-releases"),
    values: [ask.accounts, ask.award, ask.after.award, ask.after.ordinal, ask.limit],
    readOnly: true,
  });
  return rows.map(({ due_on, released_at, transaction, words, released_by, ...row }) => ({
    ...row,
    amount: micros(row.amount),
    dueOn: due_on,
    released:
      released_at === null || transaction === null || words === null || released_by === null ? null : { at: released_at, transaction, by: released_by, words },
  }));
}

/** The latest first. */
export async function crossingOf(db: Database, award: string, limit: number): Promise<Crossing[]> {
  const rows = await db.query<Omit<Crossing, "remaining"> & { readonly remaining: bigint }>({
    ...loadStatement("budget", "award-crossing"),
    values: [award, limit],
    readOnly: true,
  });
  return rows.map((row) => ({ ...row, remaining: micros(row.remaining) }));
}

export function setIndirect(db: Database, award: string, rate: IndirectRate, decision: Omit<Decision, "approver">, by: Author): Promise<boolean> {
  return done(db, "select headgate.set_indirect($1, $2, $3, $4, $5, $6, $7) as done", [
    decision.key,
    award,
    JSON.stringify(rate),
    by.person,
    by.source,
    decision.reason,
    instantToIso(by.now),
  ]);
}

export type IndirectTotal = { readonly account: string; readonly unit: MoneyUnit; readonly spent: Micros; readonly reserved: Micros };

/** The indirect cost in what accounts have spent and reserved, of those that it can be added to. */
export async function indirectTotals(db: Database, accounts: readonly string[]): Promise<IndirectTotal[]> {
  const rows = await db.query<{ account: string; unit: MoneyUnit; spent: bigint; reserved: bigint }>({
    ...loadStatement("budget", "indirect-totals"),
    values: [accounts],
    readOnly: true,
  });
  return rows.map((row) => ({ ...row, spent: micros(row.spent), reserved: micros(row.reserved) }));
}

export function indirectRates(db: Database, award: string): Promise<IndirectRate[]> {
  return db.query<IndirectRate>({ ...loadStatement("budget", "award-indirect"), values: [award], readOnly: true });
}

/** The rate for a class of an account's charges; null where nobody decided about it. `key` is that of a reservation that may be there already. */
export async function indirectOf(
  db: Database,
  ask: { readonly account: string; readonly class: string; readonly at: Instant; readonly key: string },
): Promise<KeptIndirect | null> {
  const [row] = await db.query<{ award: string | null; class: string | null; rate: number | null }>({
    ...loadStatement("budget", "indirect-of"),
    values: [ask.account, ask.class, instantToIso(ask.at), ask.key],
    readOnly: true,
  });
  if (row === undefined || row.award === null || row.class === null || row.rate === null) return null;
  return { award: row.award, class: row.class, rate: row.rate };
}
