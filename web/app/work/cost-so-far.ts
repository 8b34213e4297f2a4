import type { HoldView } from "#budget/contract";
import { divideRounded, micros, parseHourlyRate, priceFor, type HourlyRate, type Micros, type Milliseconds } from "#kernel";

/**
 * What one attempt has cost after `ran`, by the terms its reservation was made from: the same multiplication and rounding as the
 * settlement, which then measures the time more exactly than a page can.
 */
export function costSoFar(formula: HoldView["formula"], ran: Milliseconds): Micros {
  const priced = formula.filter((term) => term.resource !== "service-unit");
  const terms = priced.map((term) => priceFor(rateOf(term), BigInt(term.count), BigInt(ran), "half-even"));
  const sum = micros(terms.reduce((total, term) => total + term, 0n));
  const conversion = formula.find((term) => term.resource === "service-unit");
  return conversion === undefined ? sum : micros(divideRounded(sum * 1_000_000_000n, rateOf(conversion), "half-even"));
}

function rateOf({ rate }: { readonly rate: string }): HourlyRate {
  return parseHourlyRate(rate) ?? raise(rate);
}

function raise(rate: string): never {
  throw new TypeError(`not a price per hour: ${rate}`);
}
