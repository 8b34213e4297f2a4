/**
 * Simple ways to say what will be spent in the next days, each right for another kind of account. None is chosen here: track-record.ts weighs them by how
 * far each was off in the account's own past. Amounts are plain numbers in the account's unit: estimates, not money (see forecast.ts for the way back).
 */

/** What was spent day by day, the first element on the account's first day, and the sums up to each day. */
export type Spending = {
  readonly daily: readonly number[];
  /** `sums[n]` is what the first n days came to. */
  readonly sums: Float64Array;
};

/** What is foreseen at an origin for the next `days` days, in all; null where a way has not enough past to say anything. */
type Foresee = (days: number) => number | null;

const WEEK_DAYS = 7;
/** 52 whole weeks: the same weekdays a year ago. */
const YEAR_DAYS = 364;
const WEEKDAY_MEMORY_DAYS = 182;
/** So many weeks of evenly spent days are mixed into the weekday factors, which a few large jobs would bend otherwise. */
const WEEKDAY_PRIOR_WEEKS = 4;
const LEVEL_DAYS = [7, 14, 28, 56, 91, 182, YEAR_DAYS] as const;
/** A change of level is believed from this many standard errors on; of weekly sums. */
const STEP_STANDARD_ERRORS = 3.2;
const STEP_BACK_WEEKS = 40;
const YEAR_SHAPES = [
  { width: 4, level: YEAR_DAYS },
  { width: 4, level: 91 },
  { width: 14, level: YEAR_DAYS },
  { width: 14, level: 91 },
  { width: 14, level: 28 },
] as const;
/** After a year without a job the size of errors still goes by the years before. */
const LONG_RUN_SHARE = 0.1;
const EVEN_SHARE = 0.15;
const SHAPE_MARGIN_DAYS = 28;
const NEIGHBOUR_SHIFTS = [-7, 0, 7] as const;

/** The names of the ways, in the order in which `foreseeAll` answers. */
export const WAYS: readonly string[] = [
  ...LEVEL_DAYS.map((days) => `mean of ${days} days`),
  "mean since the last step",
  "mean of all days",
  "as a year ago",
  ...YEAR_SHAPES.map(({ width, level }) => `shape of a year (${width} days) at the level of ${level} days`),
];

export function spendingOf(daily: readonly number[]): Spending {
  const sums = new Float64Array(daily.length + 1);
  for (const [index, amount] of daily.entries()) sums[index + 1] = sums[index]! + amount;
  return { daily, sums };
}

function between(spending: Spending, from: number, to: number): number {
  const { sums } = spending;
  return sums[Math.min(Math.max(to, 0), sums.length - 1)]! - sums[Math.min(Math.max(from, 0), sums.length - 1)]!;
}

/** A day in the long run as it is known at the origin: over the last year, or all there was; and no less than a part of all there was. */
export function longRun(spending: Spending, origin: number): number {
  if (origin === 0) return 0;
  const days = Math.min(origin, YEAR_DAYS);
  return Math.max(between(spending, origin - days, origin) / days, (LONG_RUN_SHARE * spending.sums[origin]!) / origin);
}

/** What each way foresees at `origin` (how many days are past) for the next days. */
export function foreseeAll(spending: Spending, origin: number): readonly Foresee[] {
  const week = weekdayShape(spending, origin);
  const flat = (level: number | null): Foresee => (level === null ? () => null : (days) => level * week(days));
  return [
    ...LEVEL_DAYS.map((days) => flat(origin < Math.min(days, WEEK_DAYS) ? null : between(spending, origin - days, origin) / Math.min(days, origin))),
    flat(levelSinceStep(spending, origin)),
    flat(origin < WEEK_DAYS ? null : spending.sums[origin]! / origin),
    yearAgo(spending, origin),
    ...YEAR_SHAPES.map(({ width, level }) => yearShaped(spending, origin, width, level)),
  ];
}

/** How many average days the next n are worth, by their weekdays. */
function weekdayShape(spending: Spending, origin: number): (days: number) => number {
  const memory = Math.min(origin - (origin % WEEK_DAYS), WEEKDAY_MEMORY_DAYS);
  const [weeks, level] = [memory / WEEK_DAYS, memory === 0 ? 0 : between(spending, origin - memory, origin) / memory];
  const sums = Array.from({ length: WEEK_DAYS }, () => WEEKDAY_PRIOR_WEEKS);
  // The day at `origin + k` has the weekday of the one at `origin - memory + k`.
  if (level > 0) for (let back = memory; back > 0; back--) sums[(memory - back) % WEEK_DAYS]! += spending.daily[origin - back]! / level;
  const factors = sums.map((sum) => sum / (weeks + WEEKDAY_PRIOR_WEEKS));
  const normal = WEEK_DAYS / factors.reduce((total, factor) => total + factor, 0);
  const upTo = [0];
  for (const factor of factors) upTo.push(upTo.at(-1)! + factor * normal);
  return (days) => Math.floor(days / WEEK_DAYS) * WEEK_DAYS + upTo[days % WEEK_DAYS]!;
}

/** The mean since the latest change of level that stands out from the scatter of the weeks on both of its sides; of all weeks looked at when none does. */
function levelSinceStep(spending: Spending, origin: number): number | null {
  const count = Math.min(Math.floor(origin / WEEK_DAYS), STEP_BACK_WEEKS);
  if (count < 4) return null;
  const weeks = Array.from({ length: count }, (_, back) => between(spending, origin - (back + 1) * WEEK_DAYS, origin - back * WEEK_DAYS));
  let since = count;
  for (;;) {
    const split = strongestSplit(weeks.slice(0, since));
    if (split === null) break;
    since = split;
  }
  return between(spending, origin - since * WEEK_DAYS, origin) / (since * WEEK_DAYS);
}

/** After how many of the weeks, the latest first, the level changed most; null when no change stands out. */
function strongestSplit(weeks: readonly number[]): number | null {
  let [best, strength] = [0, STEP_STANDARD_ERRORS];
  for (let split = 2; split <= weeks.length - 3; split++) {
    const [after, before] = [momentsOf(weeks, 0, split), momentsOf(weeks, split, weeks.length)];
    const pooled = (after.squares + before.squares) / (weeks.length - 2);
    const error = Math.sqrt(pooled * (1 / split + 1 / (weeks.length - split)));
    const found = error === 0 ? 0 : Math.abs(after.mean - before.mean) / error;
    if (found > strength) [best, strength] = [split, found];
  }
  return best === 0 ? null : best;
}

function momentsOf(values: readonly number[], from: number, to: number): { readonly mean: number; readonly squares: number } {
  let [sum, squares] = [0, 0];
  for (let index = from; index < to; index++) {
    sum += values[index]!;
    squares += values[index]! ** 2;
  }
  const mean = sum / (to - from);
  return { mean, squares: Math.max(0, squares - mean * sum) };
}

/** What the same days came to a year ago, a week to either side smoothing it. Beyond a year the year comes again. */
function yearAgo(spending: Spending, origin: number): Foresee {
  if (origin < YEAR_DAYS + WEEK_DAYS) return () => null;
  return (days) => {
    const [whole, rest] = [Math.floor(days / YEAR_DAYS), days % YEAR_DAYS];
    const start = origin - YEAR_DAYS;
    const part = NEIGHBOUR_SHIFTS.reduce<number>((total, shift) => total + between(spending, start + shift, Math.min(start + rest + shift, origin)), 0);
    return whole * between(spending, start, origin) + part / NEIGHBOUR_SHIFTS.length;
  };
}

/**
 * The level of the last days, each seen beside what the same days of the earlier years were worth: the shape of a year is the mean of the past ones, smoothed
 * over `width` days to either side and mixed with an even year.
 */
function yearShaped(spending: Spending, origin: number, width: number, levelDays: number): Foresee {
  if (origin < YEAR_DAYS + SHAPE_MARGIN_DAYS) return () => null;
  const years = Math.min(2, Math.floor(origin / YEAR_DAYS));
  const mean = between(spending, origin - years * YEAR_DAYS, origin) / (years * YEAR_DAYS);
  if (mean === 0) return () => null;
  // `shape[k]` is that of the day at origin + k, the same as that of the day a year before.
  const shape = Array.from({ length: YEAR_DAYS }, (_, day) => {
    let [sum, count] = [0, 0];
    for (let back = 1; back <= years; back++) {
      const at = origin + day - back * YEAR_DAYS;
      const [from, to] = [Math.max(0, at - width), Math.min(origin, at + width + 1)];
      sum += between(spending, from, to);
      count += to - from;
    }
    return (1 - EVEN_SHARE) * (sum / (count * mean)) + EVEN_SHARE;
  });
  const upTo = new Float64Array(YEAR_DAYS + 1);
  for (const [day, value] of shape.entries()) upTo[day + 1] = upTo[day]! + value;
  const worth = (days: number) => Math.floor(days / YEAR_DAYS) * upTo[YEAR_DAYS]! + upTo[days % YEAR_DAYS]!;
  const known = Math.min(levelDays, origin);
  const level =
    between(spending, origin - known, origin) / (worth(YEAR_DAYS) * Math.floor(known / YEAR_DAYS) + upTo[YEAR_DAYS]! - upTo[YEAR_DAYS - (known % YEAR_DAYS)]!);
  return (days) => level * worth(days);
}
