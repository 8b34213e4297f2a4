import { microsToDecimal, sumMicros, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount, wireInstant } from "../wire-values.ts";
import type { overheadRoutes } from "./contract.ts";
import { overheadToWire } from "./views.ts";

export function overheadHandlers(budget: BudgetService): Handlers<typeof overheadRoutes> {
  return {
    listOverhead: async ({ person, query }) => {
      const { items, next } = await budget.listOverhead(person, query);
      return { items: items.map(overheadToWire), next };
    },
    showOverhead: async ({ person, params }) => {
      const { overhead, month, usage } = await budget.showOverhead(person, params.cluster);
      return {
        ...overheadToWire(overhead),
        month_from: month,
        month_by_kind: usage.map((one) => ({ ...one, amount: microsToDecimal(one.amount) })),
        month_total: microsToDecimal(sumMicros(usage.map(({ amount }) => amount))),
      };
    },
    setOverhead: async ({ person, params, body, idempotencyKey }) =>
      overheadToWire(
        await budget.setOverhead(
          person,
          { cluster: params.cluster, account: body.account, alarm: body.alarm, idle: body.idle_rule },
          body.reason,
          `http:${idempotencyKey}`,
        ),
      ),
    chargeOverhead: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const answer = await budget.chargeOverhead(
        person,
        { ...body, cluster: params.cluster, amount: wireAmount(body.amount), at: wireInstant(body.at ?? null) ?? undefined },
        idempotencyKey,
      );
      if (answer.replayed) setHeader("idempotency-replayed", "true");
      return {
        transaction: String(answer.number),
        charged: microsToDecimal(answer.charged),
        unit: answer.unit,
        overrun: microsToDecimal(answer.overrun),
        replayed: answer.replayed,
        account: answer.account,
      };
    },
  };
}
