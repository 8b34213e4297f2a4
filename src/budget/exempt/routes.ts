import type { Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireInstant } from "../wire-values.ts";
import type { exemptRoutes } from "./contract.ts";

export function exemptHandlers(budget: BudgetService): Handlers<typeof exemptRoutes> {
  return {
    grantExemption: ({ person, params, body: { starts_at: startsAt, ends_at: endsAt, ...rest }, idempotencyKey }) => {
      const ask = { ...rest, account: params.name, startsAt: wireInstant(startsAt), endsAt: wireInstant(endsAt) };
      return budget.grantExemption(person, ask, `http:${idempotencyKey}`);
    },
    withdrawExemption: ({ person, params, body, idempotencyKey }) =>
      budget.withdrawExemption(person, { ...body, account: params.name }, `http:${idempotencyKey}`),
    listExemptions: ({ person, query }) => budget.listExemptions(person, query),
    listExemptionUses: ({ person, query }) => budget.listExemptionUses(person, query),
  };
}
