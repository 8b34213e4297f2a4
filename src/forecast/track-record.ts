import { foreseeAll, longRun, WAYS, type Spending } from "./experts.ts";
import { LEVELS, weightedQuantiles, type Weighted } from "./quantiles.ts";

/**
 * The account's own past, forecast over again: at each origin, a week apart, what each way foresaw for each horizon with nothing but the days before it, and
 * how far it was off once those days had passed. From the errors that were known at an origin come the weights of the ways (the less off, the heavier) and,
 * from the errors of the weighted mean, the band: split conformal prediction with errors weighted by how recent they are. The same band, computed
 * at each earlier origin from what was known then, is what the share of hits is counted on.
 */

/** Days ahead at which errors are kept; between them lines are drawn. */
export const HORIZONS: readonly number[] = [7, 14, 28, 56, 91, 182, 364];
const ORIGIN_STEP_DAYS = 7;
const FIRST_ORIGIN_DAYS = 14;
/** No more origins than three years of weeks. */
export const ORIGINS_MAX = 160;

/** Earlier forecasts are told of for so many days ahead that this many of them do not overlap. */
const SEPARATE_MIN = 4;

/** How strongly a smaller error makes heavier, once many windows are known. */
const WEIGHT_POWER = 6;
/** How much the errors at the next shorter and longer horizon count beside those at its own. */
const NEIGHBOUR_SHARE = 1;
/** So many windows of errors no different from the others' are added to each way's. */
const WEIGHT_PRIOR = 1;
/** A first large job after a year of small ones is no reason to expect a thousand times as much ever after. */
const ERROR_MAX = 20;
const ERROR_HALF_LIFE_DAYS = 182;
/** How much of the size of an error goes with what is foreseen; the rest goes with the long run. */
const SCALE_SHARE = 0.6;
/**
 * So many windows of a smooth shape are added to the account's own errors, for of those there are few: errors of a log-normal ratio, as wide as the account's
 * own are on average and, as `SIGMA_PRIOR` windows, those of accounts in general.
 */
const BAND_PRIOR = 15;
const SIGMA_PRIOR = 2;
/** The mean size of an error of such a ratio as a part of its sigma: 0.80 for a small one, less as its tail grows. */
const OFF_OF_SIGMA = 0.8;
const SIGMA_MIN = 0.01;
/** Accounts in general: this sigma at four weeks, less for longer times, in which days even out, up to a quarter (measured, docs/decisions). */
const GENERAL_SIGMA = 0.5;
const GENERAL_POWER = -0.15;
const GENERAL_DAYS = 28;
const GENERAL_DAYS_MAX = 91;
const SHAPE_SCORES = Array.from({ length: 41 }, (_, index) => (index + 0.5) / 41).map(normalQuantile);

type Resolved = { readonly origin: number; readonly mixed: number };
type PastBand = { readonly origin: number; readonly quantiles: readonly number[]; readonly actual: number };

type Waiting = Omit<PastBand, "actual"> & { readonly each: readonly (number | null)[]; readonly mixed: number; readonly scale: number };

type Horizon = {
  readonly days: number;
  /** Forecasts whose days have passed, oldest first. */
  readonly resolved: Resolved[];
  /** Forecasts that wait for their days. */
  readonly waiting: Waiting[];
  readonly past: PastBand[];
  /** Of each way: its errors, the mean errors of all ways at the same origins, how many. */
  readonly sums: readonly { own: number; all: number; count: number }[];
  readonly beside: Horizon[];
};

export type Outlook = {
  /** What the next n days come to at each of LEVELS. */
  quantiles(days: number): number[];
  /** The past forecasts for so many days. */
  past(days: number): { readonly days: number; readonly separate: number; readonly forecasts: readonly PastBand[] };
  /** How many separate windows of so many days the errors come from. */
  windows(days: number): number;
};

/** Walks through the past of `spending` up to `end` days and gives what is to be said at its end. */
export function outlookAt(spending: Spending, end: number = spending.daily.length, longestDays = Infinity): Outlook {
  const horizons: Horizon[] = HORIZONS.filter((_, index) => index === 0 || HORIZONS[index - 1]! < longestDays).map((days) => ({
    days,
    resolved: [],
    waiting: [],
    past: [],
    sums: WAYS.map(() => ({ own: 0, all: 0, count: 0 })),
    beside: [],
  }));
  for (const [index, horizon] of horizons.entries())
    horizon.beside.push(...horizons.slice(Math.max(0, index - 1), index), ...horizons.slice(index + 1, index + 2));
  const first = Math.max(FIRST_ORIGIN_DAYS, end - ORIGINS_MAX * ORIGIN_STEP_DAYS);
  for (let origin = first + ((end - first) % ORIGIN_STEP_DAYS); origin < end; origin += ORIGIN_STEP_DAYS) {
    const ways = foreseeAll(spending, origin);
    const mean = longRun(spending, origin);
    for (const horizon of horizons) {
      resolve(horizon, spending, origin);
      const each = ways.map((way) => way(horizon.days));
      const said = sayAt(horizon, origin, each, mean);
      horizon.waiting.push({ origin, each, ...said });
    }
  }
  for (const horizon of horizons) resolve(horizon, spending, end);
  const ways = foreseeAll(spending, end);
  const mean = longRun(spending, end);
  return {
    quantiles: (days) => {
      const each = ways.map((way) => way(days));
      const [low, high, part] = neighbours(horizons, days);
      const [one, other] = [sayAt(low, end, each, mean, days), sayAt(high, end, each, mean, days)];
      return one.quantiles.map((value, index) => value + part * (other.quantiles[index]! - value));
    },
    past: (days) => {
      const told = horizons.filter((one) => one.days <= Math.max(days, HORIZONS[0]!));
      // Forecasts that overlap say nearly the same: as many days ahead as leave some that do not.
      const horizon = told.findLast((one) => windowsOf(one, end) >= SEPARATE_MIN) ?? told[0]!;
      return { days: horizon.days, separate: Math.floor(windowsOf(horizon, end)), forecasts: horizon.past };
    },
    windows: (days) => windowsOf(neighbours(horizons, days)[0], end),
  };
}

/** The horizons on both sides of a number of days, and how far it is from the first to the second. */
function neighbours(horizons: readonly Horizon[], days: number): readonly [Horizon, Horizon, number] {
  const at = horizons.findIndex((one) => one.days >= days);
  if (at === -1) return [horizons.at(-1)!, horizons.at(-1)!, 0];
  if (at === 0) return [horizons[0]!, horizons[0]!, 0];
  const [low, high] = [horizons[at - 1]!, horizons[at]!];
  return [low, high, Math.log(days / low.days) / Math.log(high.days / low.days)];
}

/** Moves to the past what the days up to `origin` have decided. */
function resolve(horizon: Horizon, spending: Spending, origin: number): void {
  for (let next = horizon.waiting[0]; next !== undefined && next.origin + horizon.days <= origin; next = horizon.waiting[0]) {
    horizon.waiting.shift();
    const actual = spending.sums[next.origin + horizon.days]! - spending.sums[next.origin]!;
    // Where nothing had been spent there is nothing to measure an error by.
    if (next.scale > 0) {
      horizon.resolved.push({ origin: next.origin, mixed: Math.min((actual - next.mixed) / next.scale, ERROR_MAX) });
      addErrors(
        horizon,
        next.each.map((one) => (one === null ? null : Math.min(Math.abs(actual - one) / next.scale, ERROR_MAX))),
      );
    }
    horizon.past.push({ origin: next.origin, quantiles: next.quantiles, actual });
  }
}

function addErrors({ sums }: Horizon, errors: readonly (number | null)[]): void {
  const said = errors.filter((error) => error !== null);
  const typical = said.reduce((sum, error) => sum + error, 0) / Math.max(1, said.length);
  for (const [index, error] of errors.entries()) {
    if (error === null) continue;
    const sum = sums[index]!;
    sum.own += error;
    sum.all += typical;
    sum.count += 1;
  }
}

function windowsOf(horizon: Horizon, origin: number): number {
  const { resolved, days } = horizon;
  if (resolved.length === 0) return 0;
  const span = resolved.at(-1)!.origin - resolved[0]!.origin;
  return Math.min(1 + span / days, resolved.length, 1 + (origin - resolved[0]!.origin) / days);
}

/** The weighted mean of what each way foresees for `days`, and the quantiles around it, by the errors known at a horizon. */
function sayAt(horizon: Horizon, origin: number, each: readonly (number | null)[], mean: number, days: number = horizon.days) {
  const windows = windowsOf(horizon, origin);
  const weights = weightsOf(horizon, windows);
  let [sum, total] = [0, 0];
  for (const [index, one] of each.entries())
    if (one !== null) {
      sum += weights[index]! * one;
      total += weights[index]!;
    }
  const mixed = total === 0 ? 0 : sum / total;
  const scale = Math.max(0, SCALE_SHARE * mixed + (1 - SCALE_SHARE) * mean * days);
  const errors = weightedQuantiles(bandSample(horizon, origin, windows, days), LEVELS);
  return { mixed, scale, quantiles: errors.map((error) => Math.max(0, mixed + error * scale)) };
}

/** How heavy each way is: by its errors as a share of the mean error of all ways at the same origins; those at the neighbouring horizons count too. */
function weightsOf(horizon: Horizon, windows: number): number[] {
  const sources = [
    { of: horizon, known: windows },
    ...horizon.beside.map((one) => ({
      of: one,
      known: NEIGHBOUR_SHARE * Math.min(windows === 0 ? 1 : Infinity, one.resolved.length / (one.days / ORIGIN_STEP_DAYS)),
    })),
  ];
  return WAYS.map((_, way) => {
    let [known, off] = [WEIGHT_PRIOR, WEIGHT_PRIOR];
    for (const source of sources) {
      const { own, all, count } = source.of.sums[way]!;
      if (all === 0) continue;
      const part = source.known * (count / source.of.resolved.length);
      known += part;
      off += part * (own / all);
    }
    return Math.max(off / known, 0.05) ** -WEIGHT_POWER;
  });
}

/** The account's own errors, the recent ones heavier, as many as there are separate windows; and a smooth shape as wide as they and the general ones are. */
function bandSample(horizon: Horizon, origin: number, windows: number, days: number): Weighted[] {
  const raw = horizon.resolved.map((one) => ({ value: one.mixed, weight: 2 ** ((one.origin - origin) / ERROR_HALF_LIFE_DAYS) }));
  const total = raw.reduce((sum, { weight }) => sum + weight, 0);
  const own = raw.map(({ value, weight }) => ({ value, weight: (weight / total) * windows }));
  const off = raw.reduce((sum, { value, weight }) => sum + weight * Math.abs(value), 0) / Math.max(total, Number.MIN_VALUE);
  // Between the two on a scale of ratios, so that a steady account soon has narrow bands.
  const ownSigma = Math.log(Math.max(off / OFF_OF_SIGMA, SIGMA_MIN));
  const sigma = Math.exp((windows * ownSigma + SIGMA_PRIOR * Math.log(generalSigma(origin, days))) / (windows + SIGMA_PRIOR));
  const shape = SHAPE_SCORES.map((score) => ({ value: Math.exp(sigma * score - sigma ** 2 / 2) - 1, weight: BAND_PRIOR / SHAPE_SCORES.length }));
  return [...own, ...shape];
}

/** The less past there is, and the further the days reach beyond it, the less a mean of it says. */
function generalSigma(origin: number, days: number): number {
  const young = 1 + GENERAL_DAYS / origin + days / (4 * origin);
  return GENERAL_SIGMA * (Math.min(Math.max(days, HORIZONS[0]!), GENERAL_DAYS_MAX) / GENERAL_DAYS) ** GENERAL_POWER * Math.sqrt(young);
}

/** The normal distribution's quantile (Winitzki's approximation of the error function, turned around; off by less than 0.005 between 0.01 and 0.99). */
function normalQuantile(level: number): number {
  const [x, a] = [2 * level - 1, 0.147];
  const log = Math.log(1 - x * x);
  const first = 2 / (Math.PI * a) + log / 2;
  return Math.sign(x) * Math.sqrt(2 * (Math.sqrt(first ** 2 - log / a) - first));
}
