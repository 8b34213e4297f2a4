import type { Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount } from "../wire-values.ts";
import type { standingRoutes } from "./contract.ts";
import { standingToWire } from "./views.ts";

export function standingHandlers(budget: BudgetService): Handlers<typeof standingRoutes> {
  return {
    listStanding: async ({ person, query }) => {
      const { items, next } = await budget.listStanding(person, query);
      return { items: items.map(standingToWire), next };
    },
    addStanding: async ({ person, body: { per_day: perDay, starts_on: startsOn, ends_on: endsOn, reason, ...rest }, idempotencyKey }) =>
      standingToWire(await budget.addStanding(person, { ...rest, perDay: wireAmount(perDay), startsOn, endsOn }, reason, `http:${idempotencyKey}`)),
    endStanding: async ({ person, params, body, idempotencyKey }) =>
      standingToWire(await budget.endStanding(person, { name: params.name, endsOn: body.ends_on, reason: body.reason }, `http:${idempotencyKey}`)),
    showStanding: async ({ person, params }) => standingToWire(await budget.showStanding(person, params.name)),
    accrueStanding: async () => ({ done: await budget.accrueStanding() }),
  };
}
