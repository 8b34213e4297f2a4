import type { Database } from "#db";
import type { Pricing } from "#job";
import { instantToIso } from "#kernel";
import { chargeRun, inServiceUnits, loadAccountUnit, loadPriceBook, quoteLocalRun, requireSuRate } from "#price";

/** Dollars are what on-premises rates are recorded in. */
const UNIT = "USD";

/** The job room's prices, from the rates that are recorded: read anew for each quote, so that a new rate holds at once. */
export function wirePricing(db: Database): Pricing {
  return {
    quote: async (ask) => {
      const day = instantToIso(ask.at).slice(0, 10);
      const [book, account] = await Promise.all([loadPriceBook(db, UNIT), loadAccountUnit(db, ask.account, day)]);
      const quote = quoteLocalRun(book, ask);
      return account?.unit === "SU" ? inServiceUnits(quote, requireSuRate(account.suRate, ask.account, day), ask.times) : quote;
    },
    charge: ({ formula, unit, elapsed }) => chargeRun(formula, elapsed, unit),
  };
}
