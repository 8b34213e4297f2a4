import type { Database } from "#db";
import type { Pricing } from "#job";
import { chargeRun, loadPriceBook, quoteLocalRun } from "#price";

/** Dollars are what on-premises rates are recorded in. */
const UNIT = "USD";

/** The job room's prices, from the rates that are recorded: read anew for each quote, so that a new rate holds at once. */
export function wirePricing(db: Database): Pricing {
  return {
    quote: async (ask) => quoteLocalRun(await loadPriceBook(db, UNIT), ask),
    charge: ({ formula, unit, elapsed }) => chargeRun(formula, elapsed, unit),
  };
}
