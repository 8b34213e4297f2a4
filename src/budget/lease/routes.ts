import { instantToIso, microsToDecimal, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount, wireInstant } from "../wire-values.ts";
import type { LeaseMovedView, leaseRoutes, LeaseView } from "./contract.ts";
import type { Lease, LeaseMoved } from "./lease.ts";

export function leaseHandlers(budget: BudgetService): Handlers<typeof leaseRoutes> {
  return {
    openLease: async ({ person, body, idempotencyKey, setHeader }) => {
      const ask = { account: body.account, amount: wireAmount(body.amount), expiresAt: wireInstant(body.expires_at)!, reason: body.reason };
      return answered(await budget.openLease(person, ask, `http:${idempotencyKey}`), setHeader);
    },
    renewLease: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const ask = { id: params.id, returns: wireAmount(body.returns), expiresAt: wireInstant(body.expires_at)!, reason: body.reason };
      return answered(await budget.renewLease(person, ask, `http:${idempotencyKey}`), setHeader);
    },
    settleLease: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const ask = {
        ...body,
        id: params.id,
        reserved: wireAmount(body.reserved),
        cost: wireAmount(body.cost),
        chargeClass: body.charge_class,
        at: wireInstant(body.at ?? null) ?? undefined,
      };
      return answered(await budget.settleLease(person, ask, `http:${idempotencyKey}`), setHeader);
    },
    returnLease: async ({ person, params, body, idempotencyKey, setHeader }) =>
      answered(await budget.returnLease(person, { id: params.id, reason: body.reason }, `http:${idempotencyKey}`), setHeader),
    listLeases: async ({ person, query }) => {
      const { items, next } = await budget.listLeases(person, query);
      return { items: items.map(leaseToWire), next };
    },
    showLease: async ({ person, params }) => leaseToWire(await budget.showLease(person, params.id)),
  };
}

function answered(moved: LeaseMoved, setHeader: (name: string, value: string) => void): LeaseMovedView {
  if (moved.replayed) setHeader("idempotency-replayed", "true");
  return {
    lease_id: moved.id,
    amount: microsToDecimal(moved.amount),
    remaining: microsToDecimal(moved.remaining),
    recall: microsToDecimal(moved.recall),
    expires_at: instantToIso(moved.expiresAt),
    transaction: String(moved.number),
    charged: microsToDecimal(moved.charged),
    overrun: microsToDecimal(moved.overrun),
    replayed: moved.replayed,
  };
}

function leaseToWire(lease: Lease): LeaseView {
  return {
    id: lease.id,
    account: lease.account,
    unit: lease.unit,
    holder: lease.holder,
    why: lease.why,
    amount: microsToDecimal(lease.amount),
    remaining: microsToDecimal(lease.remaining),
    recall: microsToDecimal(lease.recall),
    state: lease.state,
    opened_at: instantToIso(lease.openedAt),
    expires_at: instantToIso(lease.expiresAt),
    closed_at: lease.closedAt === null ? null : instantToIso(lease.closedAt),
  };
}
