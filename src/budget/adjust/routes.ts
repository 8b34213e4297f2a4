import { microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount, wireInstant } from "../wire-values.ts";
import type { adjustRoutes } from "./contract.ts";

export function adjustHandlers(budget: BudgetService): Handlers<typeof adjustRoutes> {
  return {
    adjust: async ({ person, body, idempotencyKey, setHeader }) => {
      const mending = {
        mends: BigInt(body.mends),
        amount: wireAmount(body.amount),
        note: body.reason,
        approver: body.approver,
        at: wireInstant(body.at ?? null) ?? undefined,
      };
      const ask = body.kind === "refund" ? { ...mending, kind: body.kind } : { ...mending, kind: body.kind, bearer: body.bearer };
      const answer = await budget.adjust(person, ask, idempotencyKey);
      if (answer.replayed) setHeader("idempotency-replayed", "true");
      return {
        transaction: String(answer.number),
        covered: microsToDecimal(answer.covered),
        overrun: microsToDecimal(answer.overrun),
        replayed: answer.replayed,
      };
    },
  };
}
