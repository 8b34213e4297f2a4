import { microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "./budget-service.ts";
import { adjustHandlers } from "./adjust/routes.ts";
import { awardHandlers } from "./award/routes.ts";
import { burnHandlers } from "./burn/routes.ts";
import { oldAwardHandlers } from "./award/old-routes.ts";
import { chargeHandlers } from "./charge/routes.ts";
import type { budgetRoutes } from "./contract.ts";
import { overrunHandlers } from "./overrun/routes.ts";
import { exemptHandlers } from "./exempt/routes.ts";
import { exemptToWire } from "./exempt/views.ts";
import { leaseHandlers } from "./lease/routes.ts";
import { overheadHandlers } from "./overhead/routes.ts";
import { rechargeHandlers } from "./recharge/routes.ts";
import { fundHandlers } from "./fund/routes.ts";
import { standingHandlers } from "./standing/routes.ts";
import { quoteHandlers } from "./quote/routes.ts";
import { suRateHandlers } from "./su-rate/routes.ts";
import { refundHandlers } from "./refund/routes.ts";
import { renewHandlers } from "./renew/routes.ts";
import { wireAmount, wireInstant } from "./wire-values.ts";

export function budgetHandlers(budget: BudgetService): Handlers<typeof budgetRoutes> {
  return {
    ...chargeHandlers(budget),
    ...adjustHandlers(budget),
    ...renewHandlers(budget),
    ...refundHandlers(budget),
    ...quoteHandlers(budget),
    ...suRateHandlers(budget),
    ...leaseHandlers(budget),
    ...standingHandlers(budget),
    ...fundHandlers(budget),
    ...overheadHandlers(budget),
    ...rechargeHandlers(budget),
    ...exemptHandlers(budget),
    ...overrunHandlers(budget),
    ...awardHandlers(budget),
    ...oldAwardHandlers(budget),
    ...burnHandlers(budget),
    listAccounts: ({ person, query }) => budget.listAccounts(person, query),
    showAccount: ({ person, params }) => budget.showAccount(person, params.name),
    createAccount: ({ person, body, idempotencyKey }) =>
      budget.createAccount(
        person,
        {
          name: body.name,
          title: body.title ?? null,
          kind: body.kind,
          parent: body.parent,
          unit: body.unit,
          allocated: wireAmount(body.allocated),
          startsAt: wireInstant(body.starts_at),
          endsAt: wireInstant(body.ends_at),
          slurmAccount: body.slurm_account,
          reason: body.reason ?? null,
          approver: body.approver ?? null,
          managers: body.managers,
          members: body.members,
        },
        `http:${idempotencyKey}`,
      ),
    allocate: ({ person, params, body, idempotencyKey }) =>
      budget.allocate(person, { account: params.name, amount: wireAmount(body.amount), through: body.through, reason: body.reason }, `http:${idempotencyKey}`),
    transfer: ({ person, params, body, idempotencyKey }) =>
      budget.transfer(person, { from: params.name, to: body.to, amount: wireAmount(body.amount), reason: body.reason }, `http:${idempotencyKey}`),
    cut: ({ person, params, body, idempotencyKey }) =>
      budget.cut(person, { account: params.name, amount: wireAmount(body.amount), reason: body.reason }, `http:${idempotencyKey}`),
    absorb: ({ person, params, body, idempotencyKey }) => budget.absorb(person, { account: params.name, reason: body.reason }, `http:${idempotencyKey}`),
    changeAccount: ({ person, params, body, idempotencyKey }) =>
      budget.changeAccount(
        person,
        {
          account: params.name,
          status: body.status,
          startsAt: body.starts_at === undefined ? undefined : wireInstant(body.starts_at),
          endsAt: body.ends_at === undefined ? undefined : wireInstant(body.ends_at),
          reserveAt: body.reserve_at,
          reason: body.reason,
        },
        `http:${idempotencyKey}`,
      ),
    setLimit: ({ person, params, body, idempotencyKey }) =>
      budget.setLimit(
        person,
        { account: params.name, scope: body.scope, subject: body.subject, amount: wireAmount(body.amount), reason: body.reason },
        `http:${idempotencyKey}`,
      ),
    listLimits: ({ person, params }) => budget.listLimits(person, params.name),
    explainAccount: ({ person, params }) => budget.explain(person, params.name),
    listHolds: ({ person, query: { placed_before, ...query } }) => budget.listHolds(person, { ...query, placedBefore: wireInstant(placed_before ?? null) }),
    showHold: ({ person, params }) => budget.showHold(person, params.id),
    placeHold: async ({ person, body, idempotencyKey, setHeader }) => {
      const placed = await budget.placeHold(
        person,
        {
          account: body.account,
          amount: wireAmount(body.amount),
          unit: body.unit,
          subject: body.subject,
          partition: body.partition,
          expiresAt: wireInstant(body.expires_at),
          until: wireInstant(body.until),
          formula: body.formula,
          expected: body.expected === null ? null : wireAmount(body.expected),
          chargeClass: body.charge_class,
          quote: body.quote,
        },
        idempotencyKey,
      );
      if (placed.replayed) setHeader("idempotency-replayed", "true");
      const { holdId, amount, replayed, exempt } = placed;
      return { hold_id: holdId, amount: microsToDecimal(amount), unit: body.unit, replayed, exempt: exemptToWire(exempt) };
    },
    settleHold: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const settled = await budget.settleHold(
        person,
        {
          holdId: params.id,
          attempt: body.attempt,
          amount: wireAmount(body.amount),
          final: body.final,
          figure: body.figure,
          at: wireInstant(body.at ?? null) ?? undefined,
          note: body.note,
          endState: body.end_state ?? null,
        },
        idempotencyKey,
      );
      if (settled.replayed) setHeader("idempotency-replayed", "true");
      return {
        charged: microsToDecimal(settled.charged),
        returned: microsToDecimal(settled.returned),
        overrun: microsToDecimal(settled.overrun),
        refunded: microsToDecimal(settled.refunded),
        replayed: settled.replayed,
      };
    },
    releaseHold: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const released = await budget.releaseHold(person, { holdId: params.id, at: wireInstant(body.at ?? null) ?? undefined, note: body.note }, idempotencyKey);
      if (released.replayed) setHeader("idempotency-replayed", "true");
      return { returned: microsToDecimal(released.returned), replayed: released.replayed };
    },
    listJournal: ({ person, query }) => budget.listJournal(person, query),
    showStatus: ({ person }) => budget.showStatus(person),
    verify: () => budget.verify(),
    setDefault: async ({ person, body }) => {
      await budget.setDefault(person, body.account);
      return { default_account: body.account };
    },
  };
}
