import { instantToIso, microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount, wireInstant } from "../wire-values.ts";
import type { renewRoutes } from "./contract.ts";

export function renewHandlers(budget: BudgetService): Handlers<typeof renewRoutes> {
  return {
    renewHold: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const ask = {
        holdId: params.id,
        amount: body.amount === null ? null : wireAmount(body.amount),
        expiresAt: wireInstant(body.expires_at),
        until: wireInstant(body.until),
        formula: body.formula,
        note: body.note,
      };
      const answer = await budget.renewHold(person, ask, idempotencyKey);
      if (answer.replayed) setHeader("idempotency-replayed", "true");
      return {
        amount: microsToDecimal(answer.amount),
        returned: microsToDecimal(answer.returned),
        expires_at: answer.expiresAt === null ? null : instantToIso(answer.expiresAt),
        replayed: answer.replayed,
      };
    },
  };
}
