import { instantToIso, invariant, parseHourlyRate, rateToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import type { suRateRoutes, SuRateView } from "./contract.ts";
import type { SuRate } from "./store.ts";

export function suRateHandlers(budget: BudgetService): Handlers<typeof suRateRoutes> {
  return {
    listSuRates: async ({ person, query }) => {
      const { items, next } = await budget.listSuRates(person, query);
      return { items: items.map(suRateToWire), next };
    },
    setSuRate: async ({ person, params, body: { reason, rate: text, ...rest }, idempotencyKey }) => {
      const rate = parseHourlyRate(text);
      invariant(rate !== undefined, "the contract lets only rates through");
      return suRateToWire(await budget.setSuRate(person, { ...rest, account: params.name, rate }, reason, `http:${idempotencyKey}`));
    },
  };
}

function suRateToWire({ recordedAt, rate, ...one }: SuRate): SuRateView {
  return { ...one, rate: rateToDecimal(rate), recorded_at: instantToIso(recordedAt) };
}
