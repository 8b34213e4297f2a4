import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros } from "#kernel";
import type { PlannedRelease } from "../award/award.ts";
import { addDays, startOfDay } from "../days.ts";
import { freeOf } from "../decide-hold.ts";
import type { Award, AwardRules } from "./award-rules.ts";
import { accountOf, post, type Books, type Node, type Transaction } from "./books.ts";
import { allocate, give, refused, type ChangeAnswer } from "./change.ts";

/* What an agency gives: its dates are those of its account, its money comes in parts, and what a period leaves stays or is taken back. Days are days in UTC. */

/** So many months later on the same day of the month, or on the last one of a month that is too short. */
function monthsAfter(day: string, months: number): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0));
  return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(date, last.getUTCDate()))).toISOString().slice(0, 10);
}

type Period = { readonly ordinal: number; readonly endsOn: string };

function periodsOf({ startsOn, endsOn, periodMonths }: AwardRules): readonly Period[] {
  const periods: Period[] = [];
  for (let start = startsOn; start <= endsOn; start = monthsAfter(startsOn, periods.length * periodMonths)) {
    const last = addDays(monthsAfter(startsOn, (periods.length + 1) * periodMonths), -1);
    periods.push({ ordinal: periods.length + 1, endsOn: last < endsOn ? last : endsOn });
  }
  return periods;
}

/** What is said to a key of an award that was used before; null when it was not. */
function before(books: Books, key: string, request: string): ChangeAnswer | null {
  const done = books.keys.get(key);
  if (done === undefined) return null;
  return done.kind === "award" && done.request === request ? { kind: "again" } : refused("idempotency.mismatch", key);
}

function decide(books: Books, award: Award, key: string, request: string, person: string): ChangeAnswer {
  const { node } = accountOf(books, award.account);
  books.awards.set(award.number, award);
  const common = { account: award.account, unit: node.unit, nodes: [node], amount: ZERO_MICROS, person, entries: [] };
  post(books, { ...common, kind: "award", key, request });
  const [startsAt, endsAt] = [startOfDay(award.startsOn), startOfDay(addDays(award.endsOn, 1))];
  if (node.startsAt === startsAt && node.endsAt === endsAt) return { kind: "done" };
  node.startsAt = startsAt;
  node.endsAt = endsAt;
  post(books, { ...common, kind: "status", key: `ledger:award-dates:${key}` });
  return { kind: "done" };
}

export type SetAwardAsk = {
  readonly key: string;
  readonly number: string;
  /** Null: as it is. */
  readonly opens: AwardRules | null;
  readonly changes: Partial<Pick<AwardRules, "endsOn" | "total" | "carry">>;
  readonly person: string;
};

/** Writes an award down, or what changes of one. */
export function setAward(books: Books, { key, number, opens, changes, person }: SetAwardAsk): ChangeAnswer {
  const request = JSON.stringify([number, opens, changes], (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const again = before(books, key, request);
  if (again !== null) return again;
  const there = books.awards.get(number);
  if (opens === null && there === undefined) return refused("budget.award-unknown", number);
  const award: Award = { ...(opens ?? there!), ...changes, number, releases: there?.releases ?? [] };
  if (!books.accounts.has(award.account)) return refused("budget.account-unknown", award.account);
  const taken = there !== undefined || [...books.awards.values()].some(({ account }) => account === award.account);
  if (opens !== null && taken) return refused("budget.award-exists", number);
  const scheduled = sumOf(award.releases);
  if (award.total < scheduled) return refused("budget.award-exceeded", number, scheduled);
  if (award.endsOn < award.startsOn) return refused("input.invalid", number);
  return decide(books, award, key, request, person);
}

function sumOf(releases: readonly PlannedRelease[]): Micros {
  return micros(releases.reduce((sum, { amount }) => sum + amount, 0n));
}

export type ScheduleAsk = { readonly key: string; readonly award: string; readonly releases: readonly PlannedRelease[]; readonly person: string };

/** Puts parts of an award's money on its schedule, never more than its total. */
export function scheduleReleases(books: Books, { key, award: number, releases, person }: ScheduleAsk): ChangeAnswer {
  const request = JSON.stringify([number, releases], (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const again = before(books, key, request);
  if (again !== null) return again;
  const award = books.awards.get(number);
  if (award === undefined) return refused("budget.award-unknown", number);
  const room = micros(award.total - sumOf(award.releases));
  if (sumOf(releases) > room) return refused("budget.award-exceeded", number, room);
  const { node } = accountOf(books, award.account);
  books.awards.set(number, { ...award, releases: [...award.releases, ...releases] });
  post(books, { kind: "award", key, account: award.account, unit: node.unit, nodes: [node], amount: ZERO_MICROS, person, request, entries: [] });
  return { kind: "done" };
}

const releaseKey = (award: string, ordinal: number) => `release:${award}:${ordinal}`;

function postRelease(books: Books, award: Award, ordinal: number, person: string, at: Instant): ChangeAnswer {
  const { amount } = award.releases[ordinal - 1]!;
  return allocate(books, { key: releaseKey(award.number, ordinal), account: award.account, amount, through: award.through, cut: false, person, at });
}

export type ReleaseAwardAsk = {
  readonly award: string;
  readonly ordinal: number;
  readonly approver: string | null;
  readonly report: string | null;
  readonly person: string;
};

/** Releases a part by hand, because its report was accepted or somebody approved it; never before its day. */
export function releaseAward(books: Books, ask: ReleaseAwardAsk, now: Instant): ChangeAnswer {
  const award = books.awards.get(ask.award);
  if (award === undefined) return refused("budget.award-unknown", ask.award);
  const release = award.releases[ask.ordinal - 1];
  const words = `${ask.award} release ${ask.ordinal}`;
  if (release === undefined) return refused("budget.award-unknown", words);
  if (books.keys.has(releaseKey(ask.award, ask.ordinal))) return { kind: "again" };
  const isEarly = release.dueOn !== null && startOfDay(release.dueOn) > now;
  const lacks = (release.gate === "report" && ask.report === null) || (release.gate === "approval" && ask.approver === null);
  return isEarly || lacks ? refused("budget.release-waits", words) : postRelease(books, award, ask.ordinal, ask.person, now);
}

/** The transaction that released a part; undefined when it was not. */
export function releasedBy(books: Books, award: string, ordinal: number): Transaction | undefined {
  return books.keys.get(releaseKey(award, ordinal));
}

/** What may still be used of an account's money from before a moment: what is free, less what came to it from then on. */
function leftFromBefore(books: Books, node: Node, moment: Instant): Micros {
  const since = books.journal.filter(
    ({ kind, at, nodes, amount, account }) =>
      at !== null && at >= moment && nodes.includes(node) && ((kind === "allocate" && amount > 0n) || (kind === "transfer" && account !== node.name)),
  );
  return maxMicros(ZERO_MICROS, micros(freeOf(node) - since.reduce((sum, { amount }) => sum + amount, 0n)));
}

const periodKey = (award: string, { ordinal, endsOn }: Period) => `period:${award}:${ordinal}:${endsOn}`;

function endPeriod(books: Books, award: Award, period: Period): void {
  const { node, path } = accountOf(books, award.account);
  const nodes = award.through ? path : [node];
  const at = startOfDay(addDays(period.endsOn, 1));
  const amount = award.carry === "use-or-lose" ? leftFromBefore(books, node, at) : ZERO_MICROS;
  // Above the account only what is free goes: what others have committed there is theirs.
  const entries = nodes.flatMap((level) => give("outside", level, micros(-maxMicros(ZERO_MICROS, minMicros(amount, freeOf(level))))));
  post(books, {
    kind: "period",
    key: periodKey(award.number, period),
    account: award.account,
    unit: node.unit,
    nodes,
    amount,
    person: "headgate",
    at,
    entries,
  });
}

type Due = { readonly day: string; readonly period: Period | null; readonly release: number };

/** What the calendar asks of an award and was not done, in the order of its days; of one day periods in their order, then releases in theirs. */
function dueOf(books: Books, award: Award, now: Instant): readonly Due[] {
  const over = periodsOf(award)
    .filter((period) => !books.keys.has(periodKey(award.number, period)))
    .map((period) => ({ day: addDays(period.endsOn, 1), period, release: 0 }));
  const due = award.releases.flatMap(({ gate, dueOn }, index) =>
    gate === "date" && dueOn !== null && releasedBy(books, award.number, index + 1) === undefined ? [{ day: dueOn, period: null, release: index + 1 }] : [],
  );
  const all: Due[] = [...over, ...due].filter(({ day }) => startOfDay(day) <= now);
  return all.toSorted((a, b) => (a.day === b.day ? place(a) - place(b) : a.day < b.day ? -1 : 1));
}

function place({ period, release }: Due): number {
  return period === null ? 1_000 + release : period.ordinal;
}

export function awardIsDue(books: Books, number: string, now: Instant): boolean {
  return dueOf(books, books.awards.get(number)!, now).length > 0;
}

/** Does what the calendar asks of an award in the order of its days; a period is closed before what comes on the next day. Gives how much was done, or that there is no such award. */
export function turnAward(books: Books, number: string, now: Instant): { readonly kind: "turned"; readonly count: number } | ChangeAnswer {
  const award = books.awards.get(number);
  if (award === undefined) return refused("budget.award-unknown", number);
  let count = 0;
  for (const { day, period, release } of dueOf(books, award, now)) {
    if (period !== null) endPeriod(books, award, period);
    // What an account refuses (it is closed) waits.
    else if (postRelease(books, award, release, "headgate", startOfDay(day)).kind === "refused") continue;
    count += 1;
  }
  return { kind: "turned", count };
}
