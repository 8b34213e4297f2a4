import { instantToIso, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import type { overrunRoutes, OverrunPolicyView } from "./contract.ts";
import type { OverrunPolicy } from "./store.ts";

export function overrunHandlers(budget: BudgetService): Handlers<typeof overrunRoutes> {
  return {
    listOverrunPolicies: async ({ person, query }) => {
      const { items, next } = await budget.listOverrunPolicies(person, query);
      return { items: items.map(toWire), next };
    },
    setOverrunPolicy: async ({ person, params, body: { reason, ...policy }, idempotencyKey }) =>
      toWire(await budget.setOverrunPolicy(person, { account: params.name, ...policy }, reason, `http:${idempotencyKey}`)),
  };
}

function toWire(policy: OverrunPolicy): OverrunPolicyView {
  return { ...policy, since: instantToIso(policy.since) };
}
