import { microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount, wireInstant } from "../wire-values.ts";
import type { chargeRoutes } from "./contract.ts";

export function chargeHandlers(budget: BudgetService): Handlers<typeof chargeRoutes> {
  return {
    charge: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const ask = {
        ...body,
        chargeClass: body.charge_class,
        account: params.name,
        amount: wireAmount(body.amount),
        at: wireInstant(body.at ?? null) ?? undefined,
        person: body.person,
      };
      const answer = await budget.charge(person, ask, idempotencyKey);
      if (answer.replayed) setHeader("idempotency-replayed", "true");
      return {
        transaction: String(answer.number),
        charged: microsToDecimal(answer.charged),
        unit: body.unit,
        overrun: microsToDecimal(answer.overrun),
        replayed: answer.replayed,
      };
    },
  };
}
