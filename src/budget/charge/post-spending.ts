import { freeOf, type Level } from "../decide-hold.ts";
import { maxMicros, micros, minMicros, ZERO_MICROS, type Micros } from "#kernel";

/** What a charge does: how much of it the reservation pays, how much comes from what is free, what of the reservation is given back, and what no limit covers. */
export type Spending = {
  readonly taken: Micros;
  readonly excess: Micros;
  readonly returned: Micros;
  /** What becomes overrun of each level, in the order of the levels. */
  readonly overruns: readonly Micros[];
  /** The largest of them. */
  readonly overrun: Micros;
};

/**
 * The one rule of every charge, the same as post_spending() in SQL: first what is reserved, then what is free, and beyond the limit of a level its overrun.
 * `frees` is how much of what is then still reserved is given back, at most. It never refuses: what is true is written down.
 */
export function postSpending(levels: readonly Level[], reserved: Micros, amount: Micros, frees: Micros): Spending {
  const taken = minMicros(reserved, amount);
  const excess = micros(amount - taken);
  const returned = minMicros(micros(reserved - taken), frees);
  const overruns = levels.map((level) => maxMicros(ZERO_MICROS, micros(excess - returned - freeOf(level) - level.overrun)));
  return { taken, excess, returned, overruns, overrun: overruns.reduce(maxMicros, ZERO_MICROS) };
}
