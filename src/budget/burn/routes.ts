import type { Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import type { burnRoutes } from "./contract.ts";

export function burnHandlers(budget: BudgetService): Handlers<typeof burnRoutes> {
  return {
    burnOfAccount: ({ person, params }) => budget.burnOfAccount(person, params.account),
    burnOfGrant: ({ person, params }) => budget.burnOfGrant(person, params.number),
  };
}
