import { spendingOf } from "./experts.ts";
import { LEVELS } from "./quantiles.ts";
import { outlookAt, type Outlook } from "./track-record.ts";

/**
 * From what is known of an account to what is to be expected of it. Days are counted from today, which is day 0 and is not over: what is foreseen is spent
 * from its first moment on. Amounts are plain numbers of the account's unit, for estimates are no money; the door turns micros into them and back.
 *
 * A level of LEVELS is a path: the spending that stays below it with that chance, day by day. Spending only grows, so that the chance that money has run out by a
 * day is the chance that what is spent by then exceeds what there is, and the paths give the day as a distribution without drawing lots. Money that comes
 * later (a release of an award) is counted from its day on, along each path.
 */
export type ForecastFacts = {
  /** What each whole day came to, from the account's first to yesterday, without what is known for every day. */
  readonly history: readonly number[];
  readonly spentToday: number;
  /** What can be spent from the first moment of today on: what is left now, and what was spent today. */
  readonly left: number;
  /** What comes for certain, and on which day. */
  readonly releases: readonly { readonly day: number; readonly amount: number }[];
  /** What costs so much on each day from one to another, both included. */
  readonly standing: readonly { readonly perDay: number; readonly from: number; readonly to: number }[];
  /** What is reserved and will be spent by a day at the latest. */
  readonly committed: readonly { readonly day: number; readonly amount: number }[];
  /** The last day that is looked at. */
  readonly end: number;
  /** What spending is multiplied by in a what-if. */
  readonly factor: number;
};

export type ForecastDay = {
  readonly day: number;
  /** What there is to spend from today to this day. */
  readonly left: number;
  /** What is spent by the end of this day at each of LEVELS. */
  readonly spent: readonly number[];
};

export type TrackRecord = {
  readonly ahead: number;
  readonly separate: number;
  readonly forecasts: number;
  readonly held50: number;
  readonly held80: number;
  readonly held95: number;
};

export type Forecast = {
  readonly days: readonly ForecastDay[];
  /** The days on which money runs out; null when it lasts to the end. `early` has a chance of 10 % to be later than the truth, `late` of 90 %. */
  readonly runsOut: { readonly early: number | null; readonly middle: number | null; readonly late: number | null };
  /** The chance that it lasts to the end, from 0.01 to 0.99, which is as far as the levels reach; 0 and 1 where nothing is left to chance. */
  readonly lasts: number;
  readonly record: TrackRecord | null;
  /** Why the bands are wide; null where there is enough past. */
  readonly thin: ThinReason | null;
  /** Whether something is known to be spent: standing costs, what is reserved. */
  readonly known: boolean;
};

export type ThinReason =
  | { readonly kind: "nothing-spent" }
  | { readonly kind: "young"; readonly historyDays: number }
  | { readonly kind: "far"; readonly historyDays: number; readonly ahead: number };

/** Below four weeks of past a pace is a guess. */
const YOUNG_DAYS = 28;
/** Fewer separate windows than this say little of how far off a forecast is. */
const FEW_WINDOWS = 3;
/** A share of hits is told from this many earlier forecasts on. */
const RECORD_MIN = 8;
const DAILY_DAYS = 28;
const WEEK = 7;
/** Without any spending: an even spending of what is left, a fourth to four times of it. */
const EVEN_SIGMA = 1.1;

export function forecast(facts: ForecastFacts): Forecast {
  const { history, end } = facts;
  const outlook = outlookAt(spendingOf(history), history.length, end + 1);
  const idle = history.every((amount) => amount === 0);
  const days = withKnown(facts, idle ? evenPaths(facts) : modelPaths(outlook, end, facts.factor));
  const thin = thinOf(history.length, idle, end + 1, outlook);
  return { days, ...runsOut(days), record: recordOf(outlook, end + 1), thin, known: facts.standing.length > 0 || facts.committed.length > 0 };
}

function thinOf(historyDays: number, idle: boolean, ahead: number, outlook: Outlook): ThinReason | null {
  if (idle) return { kind: "nothing-spent" };
  if (historyDays < YOUNG_DAYS) return { kind: "young", historyDays };
  return outlook.windows(ahead) < FEW_WINDOWS ? { kind: "far", historyDays, ahead } : null;
}

/** For each day the foreseen spending at each level, before anything known: daily for four weeks, then drawn as lines from week to week. */
function modelPaths(outlook: Outlook, end: number, factor: number): number[][] {
  const knots: { readonly days: number; readonly spent: number[] }[] = [{ days: 0, spent: LEVELS.map(() => 0) }];
  for (let days = 1; ; days = days < DAILY_DAYS ? days + 1 : days + WEEK) {
    const at = Math.min(days, end + 1);
    const before = knots.at(-1)!.spent;
    knots.push({ days: at, spent: outlook.quantiles(at).map((amount, level) => Math.max(before[level]!, amount * factor)) });
    if (at === end + 1) break;
  }
  const paths: number[][] = [];
  for (const [index, { days, spent }] of knots.entries()) {
    if (index === 0) continue;
    const from = knots[index - 1]!;
    for (let day = from.days + 1; day <= days; day++)
      paths.push(spent.map((amount, level) => from.spent[level]! + ((day - from.days) / (days - from.days)) * (amount - from.spent[level]!)));
  }
  return paths;
}

/**
 * After n days without a charge the chance of h more is n / (n + h), as Laplace has it for what has not happened yet: so many of the levels stay at nothing.
 * The others spend what is left evenly, or a part or a multiple of that.
 */
function evenPaths({ history, left, end, factor }: ForecastFacts): number[][] {
  const perDay = (Math.max(0, left) / (end + 1)) * factor;
  return Array.from({ length: end + 1 }, (_, day) => {
    const idle = history.length / (history.length + day + 1);
    return LEVELS.map((level) => {
      const among = (level - idle) / (1 - idle);
      // The logistic curve stands in for the normal one: 1.7 makes their middles alike.
      return among <= 0 ? 0 : perDay * (day + 1) * Math.exp((EVEN_SIGMA * Math.log(among / (1 - among))) / 1.7);
    });
  });
}

function withKnown(facts: ForecastFacts, paths: readonly number[][]): ForecastDay[] {
  const { standing, committed, releases, spentToday } = facts;
  let [known, left, floor] = [0, facts.left, spentToday];
  return paths.map((spent, day) => {
    for (const one of standing) if (day >= one.from && day <= one.to) known += one.perDay;
    for (const one of releases) if (one.day === day) left += one.amount;
    for (const one of committed) if (one.day === day) floor += one.amount;
    return { day, left, spent: spent.map((amount) => known + Math.max(amount, floor)) };
  });
}

function runsOut(days: readonly ForecastDay[]): Pick<Forecast, "runsOut" | "lasts"> {
  const firstDay = (level: number) => days.find(({ left, spent }) => exceeds(spent[level]!, left))?.day ?? null;
  const at = (chance: number) => firstDay(LEVELS.indexOf(chance));
  if (days[0]!.left <= 0) return { runsOut: { early: 0, middle: 0, late: 0 }, lasts: 0 };
  // How much each path leaves at its tightest.
  const room = LEVELS.map((_, level) =>
    Math.min(...days.map(({ left, spent }) => (exceeds(spent[level]!, left) ? Math.min(left - spent[level]!, -Number.EPSILON) : left - spent[level]!))),
  );
  return { runsOut: { early: at(0.9), middle: at(0.5), late: at(0.1) }, lasts: chanceOfRoom(room) };
}

/** Money is out once what is spent is more than there is, or there is none. */
function exceeds(spent: number, left: number): boolean {
  return left <= 0 || spent > left;
}

/** The level up to which paths leave room, by a line between those on both sides of it. */
function chanceOfRoom(room: readonly number[]): number {
  const first = room.findIndex((left) => left < 0);
  if (first === -1) return room[0] === room.at(-1) ? 1 : LEVELS.at(-1)!;
  if (first === 0) return room[0] === room.at(-1) ? 0 : LEVELS[0]!;
  const [above, below] = [room[first - 1]!, room[first]!];
  return LEVELS[first - 1]! + (above / (above - below)) * (LEVELS[first]! - LEVELS[first - 1]!);
}

/** How often the bands of the account's earlier forecasts held what was spent, for as many days ahead, or as many as there are several separate ones of. */
function recordOf(outlook: Outlook, ahead: number): TrackRecord | null {
  const { days, separate, forecasts } = outlook.past(ahead);
  if (forecasts.length < RECORD_MIN) return null;
  const held = (low: number, high: number) => {
    const [from, to] = [LEVELS.indexOf(low), LEVELS.indexOf(high)];
    return forecasts.filter(({ quantiles, actual }) => actual >= quantiles[from]! && actual <= quantiles[to]!).length;
  };
  return { ahead: days, separate, forecasts: forecasts.length, held50: held(0.25, 0.75), held80: held(0.1, 0.9), held95: held(0.025, 0.975) };
}
