import { instantToIso, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import type { fundRoutes, FundPlanView } from "./contract.ts";
import { shareToText, type FundPlan } from "./fund.ts";

export function fundHandlers(budget: BudgetService): Handlers<typeof fundRoutes> {
  return {
    listFunds: async ({ person }) => ({ items: (await budget.listFunds(person)).map(planToWire) }),
    setFunds: async ({ person, params, body, idempotencyKey }) => planToWire(await budget.setFunds(person, { ...body, account: params.name }, idempotencyKey)),
    clearFunds: async ({ person, params, body, idempotencyKey }) => {
      await budget.clearFunds(person, { account: params.name, reason: body.reason }, idempotencyKey);
      return { account: params.name };
    },
  };
}

function planToWire(plan: FundPlan): FundPlanView {
  return {
    account: plan.account,
    mode: plan.mode,
    funds: plan.funds.map(({ account, share }) => ({ account, share: share === null ? null : shareToText(share) })),
    set_by: plan.setBy,
    set_at: instantToIso(plan.setAt),
  };
}
