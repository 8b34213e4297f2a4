import { instantToIso, micros, microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount } from "../wire-values.ts";
import type { refundRoutes, RefundRuleView } from "./contract.ts";
import type { RefundRule } from "./refund.ts";

export function refundHandlers(budget: BudgetService): Handlers<typeof refundRoutes> {
  return {
    listRefundRules: async ({ person, query }) => {
      const { items, next } = await budget.listRefundRules(person, query);
      return { items: items.map(ruleToWire), next };
    },
    setRefundRule: async ({ person, params, body: { state, share, reason }, idempotencyKey }) => {
      // A share has six decimals, as an amount of money has: the same text, the same millionths.
      const rule = { account: params.name, state, share: share === null ? null : Number(wireAmount(share)) };
      return ruleToWire(await budget.setRefundRule(person, rule, reason, `http:${idempotencyKey}`));
    },
  };
}

function ruleToWire(rule: RefundRule): RefundRuleView {
  return { ...rule, share: rule.share === null ? null : microsToDecimal(micros(BigInt(rule.share))), since: instantToIso(rule.since) };
}
