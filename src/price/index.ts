export type { FormulaTerm } from "./contract.ts";
export { amountWords, formulaAmount, formulaWords, freeReason, priceTerm, type Usage } from "./formula.ts";
export { checkRate, rateOn, requireRate, type DatedRate, type PriceBook, type PricedResource } from "./price-book.ts";
export { chargeRun, expectLocalRun, quoteLocalRun, type LocalRun, type Priced } from "./quote.ts";
export { loadPriceBook, recordRate } from "./rate-store.ts";
