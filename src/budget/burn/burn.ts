import { divideRounded, micros, ZERO_MICROS, type Micros } from "#kernel";
import { addDays, daysFrom } from "../days.ts";

/** How fast money is spent, against spending it evenly over its period. */
export type BurnRate = {
  /** Per day, over the last 7 and 30 days, today included, or over all there were if those are fewer. */
  readonly average7: Micros;
  readonly average30: Micros;
  /** What the period comes to a day, and up to today; null without a period. */
  readonly dailyExpected: Micros | null;
  readonly expected: Micros | null;
  readonly spent: Micros;
  /** What was spent beyond what was expected, in tenths of a percent of that; null without a period, and where nothing is expected yet. */
  readonly varianceTenths: number | null;
  readonly health: number | null;
  readonly status: BurnStatus;
};

type BurnStatus = "NO_PERIOD" | "NEW" | "UNDER" | "ON_TRACK" | "OVER" | "CRITICAL";

export type BurnFacts = {
  readonly today: string;
  /** The first day: of the period, else the one on which the account was opened. */
  readonly first: string;
  /** The last day of the period; null without one. */
  readonly last: string | null;
  readonly budget: Micros;
  readonly overrun: Micros;
  /** What was spent on each day, up to today. */
  readonly daily: readonly { readonly day: string; readonly amount: Micros }[];
};

/** A week is the shortest time that says anything about a rate. */
const NEW_DAYS = 7;
const ON_TRACK_TENTHS = 200;
const CRITICAL_TENTHS = 500;

/**
 * The rule of health, from 0 to 100: 100 while no more is spent than an even spending would have spent by the end of today, one less for each percent beyond
 * it, 0 from twice as much on and for an account that is overrun. In its first week an account is new, and healthy unless it is overrun.
 */
export function burnRate(facts: BurnFacts): BurnRate {
  const { today, first, last, budget, daily } = facts;
  const age = daysFrom(first, today);
  const spent = sum(daily.filter(({ day }) => day >= first));
  const over = (days: number) => {
    const from = addDays(today, 1 - days);
    return micros(divideRounded(sum(daily.filter(({ day }) => day >= from)), BigInt(Math.max(1, Math.min(days, age))), "half-even"));
  };
  const averages = { average7: over(7), average30: over(30), spent };
  const days = last === null ? 0 : daysFrom(first, last);
  if (days === 0) return { ...averages, dailyExpected: null, expected: null, varianceTenths: null, health: null, status: "NO_PERIOD" };
  const expected = micros(divideRounded(budget * BigInt(Math.min(age, days)), BigInt(days), "half-even"));
  const varianceTenths = expected === 0n ? null : Number(((spent - expected) * 1000n) / expected);
  return {
    ...averages,
    dailyExpected: micros(divideRounded(budget, BigInt(days), "half-even")),
    expected,
    varianceTenths,
    health: healthOf(facts.overrun > 0n, age < NEW_DAYS, varianceTenths ?? 0),
    status: statusOf(facts.overrun > 0n, age < NEW_DAYS, varianceTenths ?? 0),
  };
}

function healthOf(overrun: boolean, fresh: boolean, varianceTenths: number): number {
  if (overrun) return 0;
  return fresh ? 100 : Math.max(0, Math.min(100, 100 - Math.trunc(varianceTenths / 10)));
}

function statusOf(overrun: boolean, fresh: boolean, varianceTenths: number): BurnStatus {
  if (overrun) return "CRITICAL";
  if (fresh) return "NEW";
  if (varianceTenths > CRITICAL_TENTHS) return "CRITICAL";
  if (varianceTenths > ON_TRACK_TENTHS) return "OVER";
  return varianceTenths < -ON_TRACK_TENTHS ? "UNDER" : "ON_TRACK";
}

function sum(daily: readonly { readonly amount: Micros }[]): Micros {
  return daily.reduce((total, { amount }) => micros(total + amount), ZERO_MICROS);
}
