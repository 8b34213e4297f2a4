import type { z } from "zod";
import { Problem, rateToDecimal, type HourlyRate, type MoneyUnit } from "#kernel";
import type { pricedResource } from "./contract.ts";

export type PricedResource = z.output<typeof pricedResource>;

/** What one hour of one unit costs from a day on. A rate of 0 is said, with its reason; a rate that is not there is not 0. */
export type DatedRate = {
  readonly resource: PricedResource;
  readonly rate: HourlyRate;
  /** Why it is free; null exactly when it is not. */
  readonly free: string | null;
  /** Where the figure comes from, for people: `local rate, examples/lab.yaml`. */
  readonly source: string;
  /** The day (UTC) from which it holds, `2026-11-20`. */
  readonly dated: string;
};

/** On-premises rates, in any order. For one resource and day the one recorded last counts. */
export type PriceBook = { readonly unit: MoneyUnit; readonly rates: readonly DatedRate[] };

/** The rate of a resource on a day (UTC, `2026-11-20`); undefined when none has been set by then. */
export function rateOn(book: PriceBook, resource: PricedResource, day: string): DatedRate | undefined {
  let best: DatedRate | undefined;
  for (const rate of book.rates) {
    if (rate.resource === resource && rate.dated <= day && (best === undefined || rate.dated >= best.dated)) best = rate;
  }
  return best;
}

/** The same where a price is needed. Throws `price.missing`: a missing price is an error, never zero. */
export function requireRate(book: PriceBook, resource: PricedResource, day: string): DatedRate {
  const rate = rateOn(book, resource, day);
  if (rate === undefined)
    throw new Problem("price.missing", { detail: `there is no price for a ${UNIT_WORDS[resource][0]} on ${day}`, facts: { resource, day } });
  return rate;
}

/** Throws `price.free-without-reason`, or `value.invalid` for a reason beside a price. */
export function checkRate(rate: DatedRate): void {
  if (rate.rate === 0n && rate.free === null) throw new Problem("price.free-without-reason", { detail: `the rate of ${rate.resource} is 0 without a reason` });
  if (rate.rate !== 0n && rate.free !== null)
    throw new Problem("value.invalid", { detail: `the rate of ${rate.resource} is ${rateToDecimal(rate.rate)} and cannot be free (${rate.free}) too` });
}

/** Singular, plural, and the unit that a price per hour is for. */
export const UNIT_WORDS: Readonly<Record<PricedResource, readonly [string, string, string]>> = {
  "core": ["core", "cores", "core-hour"],
  "memory-gib": ["GiB of memory", "GiB of memory", "GiB-hour"],
  "gpu": ["GPU", "GPUs", "GPU-hour"],
};
