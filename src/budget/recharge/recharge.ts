import { divideRounded, invariant, micros, sumMicros, type HourlyRate, type Micros } from "#kernel";
import type { PricedResource } from "#price";
import { daysFrom } from "../days.ts";

/*
 * Whether internal rates break even. A centre that recovered more than its service cost owes it to those it charged, by lower rates later; one that recovered less may raise them. What is carried from one
 * period to the next is the sum of all differences since the comparison began. Rules of the kind: 2 CFR 200.468 (c) and (d); how much may be carried is agreed on by each institution.
 */

/** What holds: from which day (UTC) costs and charges are compared, what was carried into it (over-recovered when positive), and how many days of cost may be carried. */
export type RechargePolicy = { readonly since: string; readonly opening: Micros; readonly bandDays: number };

/** A cost of the service for days that are both included. */
export type ServiceCost = { readonly fromDay: string; readonly toDay: string; readonly amount: Micros; readonly category: string };

/** What was charged at a rate on a day. */
export type Recovered = { readonly day: string; readonly resource: PricedResource; readonly rate: HourlyRate; readonly amount: Micros };

/** From a day to before another. */
export type Span = { readonly from: string; readonly before: string };

export type ResourceRecovery = { readonly resource: PricedResource; readonly milliHours: bigint; readonly recovered: Micros };

export type RechargeReport = {
  readonly span: Span;
  readonly days: number;
  readonly broughtForward: Micros;
  readonly recovered: Micros;
  readonly cost: Micros;
  /** Recovered less cost: over-recovered when positive. */
  readonly difference: Micros;
  readonly carriedForward: Micros;
  /** What may be carried forward: so many days of this period's cost. */
  readonly band: Micros;
  readonly verdict: "over" | "within" | "under";
  readonly byResource: readonly ResourceRecovery[];
  readonly byCategory: readonly { readonly category: string; readonly cost: Micros }[];
};

const isIn = (day: string, { from, before }: Span): boolean => day >= from && day < before;

/** How many days of a cost lie before a day. */
function daysBefore(cost: ServiceCost, day: string): number {
  return Math.min(daysFrom(cost.fromDay, cost.toDay), day <= cost.fromDay ? 0 : daysFrom(cost.fromDay, day) - 1);
}

/** What of a cost falls into a span: each of its days bears the same, and the parts of spans that follow each other add up to it to the micro-dollar. */
export function costWithin(cost: ServiceCost, { from, before }: Span): Micros {
  const days = BigInt(daysFrom(cost.fromDay, cost.toDay));
  const upTo = (day: string): bigint => (cost.amount * BigInt(daysBefore(cost, day))) / days;
  return micros(upTo(before) - upTo(from));
}

function difference(recovered: readonly Recovered[], costs: readonly ServiceCost[], span: Span): { recovered: Micros; cost: Micros } {
  return {
    recovered: sumMicros(recovered.filter(({ day }) => isIn(day, span)).map(({ amount }) => amount)),
    cost: sumMicros(costs.map((cost) => costWithin(cost, span))),
  };
}

/** The books of a span; `recovered` and `costs` reach back to `policy.since`. The span begins then or later. */
export function rechargeReport(policy: RechargePolicy, recovered: readonly Recovered[], costs: readonly ServiceCost[], span: Span): RechargeReport {
  invariant(span.from >= policy.since && span.before > span.from, "a report is about days on which costs and charges are compared");
  const earlier = difference(recovered, costs, { from: policy.since, before: span.from });
  const now = difference(recovered, costs, span);
  const broughtForward = micros(policy.opening + earlier.recovered - earlier.cost);
  const carriedForward = micros(broughtForward + now.recovered - now.cost);
  const days = daysFrom(span.from, span.before) - 1;
  const band = micros(divideRounded(now.cost * BigInt(policy.bandDays), BigInt(days), "half-even"));
  return {
    span,
    days,
    broughtForward,
    recovered: now.recovered,
    cost: now.cost,
    difference: micros(now.recovered - now.cost),
    carriedForward,
    band,
    verdict: carriedForward > band ? "over" : carriedForward < -band ? "under" : "within",
    byResource: resourcesOf(recovered.filter(({ day }) => isIn(day, span))),
    byCategory: categoriesOf(costs, span),
  };
}

/** Thousandths of an hour: micro-dollars by billionths of a dollar an hour are thousands of hours. */
const hours = (amount: bigint, rate: bigint): bigint => divideRounded(amount * 1_000_000n, rate, "half-even");

function resourcesOf(recovered: readonly Recovered[]): ResourceRecovery[] {
  const found = new Map<PricedResource, { amount: bigint; milliHours: bigint }>();
  for (const { resource, rate, amount } of recovered) {
    const before = found.get(resource) ?? { amount: 0n, milliHours: 0n };
    const milliHours = rate === 0n ? 0n : amount < 0n ? -hours(-amount, rate) : hours(amount, rate);
    found.set(resource, { amount: before.amount + amount, milliHours: before.milliHours + milliHours });
  }
  return [...found]
    .map(([resource, { amount, milliHours }]) => ({ resource, milliHours, recovered: micros(amount) }))
    .toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
}

function categoriesOf(costs: readonly ServiceCost[], span: Span): { category: string; cost: Micros }[] {
  const found = new Map<string, bigint>();
  for (const cost of costs) {
    const part = costWithin(cost, span);
    if (part !== 0n) found.set(cost.category, (found.get(cost.category) ?? 0n) + part);
  }
  return [...found].map(([category, cost]) => ({ category, cost: micros(cost) })).toSorted((a, b) => (a.category < b.category ? -1 : 1));
}

/** A rate that would break even: `to` is null with a reason where there is nothing to reckon with. */
export type SuggestedRate = { readonly resource: PricedResource; readonly now: HourlyRate; readonly to: HourlyRate };
export type Suggestion =
  | { readonly kind: "rates"; readonly toRecover: Micros; readonly atRatesOfNow: Micros; readonly rates: readonly SuggestedRate[] }
  | { readonly kind: "none"; readonly reason: string };

/**
 * Rates by which the next period would end at zero: all are changed by the same factor, (cost of the next period - what is carried into it) / (what the same hours would bring at the rates of now).
 * Rounded up, so that rounding is no cause of under-recovery; never below zero.
 * @param nextCost what the next period is expected to cost; @param volumePercent its hours, in per cent of those of the reported one.
 */
export function suggestRates(
  report: RechargeReport,
  rates: ReadonlyMap<PricedResource, HourlyRate>,
  expected: { readonly nextCost: Micros; readonly volumePercent: number },
): Suggestion {
  const sold = report.byResource.flatMap(({ resource, milliHours }) => {
    const now = rates.get(resource);
    return now === undefined || now === 0n || milliHours <= 0n ? [] : [{ resource, now, milliHours }];
  });
  if (sold.length === 0) return { kind: "none", reason: "nothing was charged at a rate that can be changed" };
  const toRecover = expected.nextCost - report.carriedForward;
  if (toRecover <= 0n) return { kind: "none", reason: "what is carried forward covers the next period" };
  const atRatesOfNow = sold.reduce((sum, { now, milliHours }) => sum + (now * milliHours * BigInt(expected.volumePercent)) / 100_000_000n, 0n);
  if (atRatesOfNow <= 0n) return { kind: "none", reason: "so few hours were charged that no rate follows from them" };
  return {
    kind: "rates",
    toRecover: micros(toRecover),
    atRatesOfNow: micros(atRatesOfNow),
    rates: sold.map(({ resource, now }) => ({ resource, now, to: divideRounded(now * toRecover, atRatesOfNow, "up") as HourlyRate })),
  };
}
