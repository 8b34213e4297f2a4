import type { HoldView } from "#budget/contract";
import { micros, parseHourlyRate, priceFor, type Micros, type Milliseconds } from "#kernel";

/**
 * What one attempt has cost after `ran`, by the terms its reservation was made from: the same multiplication and rounding as the
 * settlement, which then measures the time more exactly than a page can.
 */
export function costSoFar(formula: HoldView["formula"], ran: Milliseconds): Micros {
  const terms = formula.map((term) => priceFor(parseHourlyRate(term.rate) ?? raise(term.rate), BigInt(term.count), BigInt(ran), "half-even"));
  return micros(terms.reduce((sum, term) => sum + term, 0n));
}

function raise(rate: string): never {
  throw new TypeError(`not a price per hour: ${rate}`);
}
