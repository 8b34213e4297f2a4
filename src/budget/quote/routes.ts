import type { Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount } from "../wire-values.ts";
import type { quoteRoutes } from "./contract.ts";

export function quoteHandlers(budget: BudgetService): Handlers<typeof quoteRoutes> {
  return {
    listQuotes: ({ person, query }) => budget.listQuotes(person, query),
    makeQuote: ({ person, body: { amount, valid_days: days, ...rest }, idempotencyKey }) =>
      budget.makeQuote(person, { ...rest, amount: wireAmount(amount), days }, `http:${idempotencyKey}`),
    showQuote: ({ person, params }) => budget.showQuote(person, params.id),
  };
}
