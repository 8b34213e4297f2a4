export type { FormulaTerm } from "./contract.ts";
export { formulaWords, type Usage } from "./formula.ts";
export { type DatedRate, type PriceBook, type PricedResource } from "./price-book.ts";
export { chargeRun, inServiceUnits, quoteLocalRun, type LocalRun, type Priced } from "./quote.ts";
export { loadAccountUnit, loadPriceBook, recordRate } from "./rate-store.ts";
export { requireSuRate, type SuRate } from "./su-rate.ts";
