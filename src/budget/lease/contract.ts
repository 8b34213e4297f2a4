import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { amountText, lineText, moneyUnit } from "#price/contract";
import {
  accountName,
  byId,
  chargeClass,
  COMMITMENT_REFUSED,
  figureQuality,
  instantText,
  numbersPage,
  page,
  personName,
  positiveAmount,
} from "../wire-contract.ts";

/** Leases: money set aside for a gate that grants work out of it by itself and settles afterwards. */

const reason = lineText(1, 500).meta({ description: "Why; it stands in the journal." });
const leaseState = z.enum(["open", "returned", "expired"]).meta({ id: "BudgetLeaseState" });

export const openLeaseBody = z.strictObject({
  account: accountName,
  amount: positiveAmount.meta({ description: "At most this much; it gets what a quarter of what is free allows." }),
  expires_at: instantText.meta({ description: "What is left then is given back, unless it was renewed." }),
  reason: reason.default("lease of a gate"),
});
export const renewLeaseBody = z.strictObject({
  returns: positiveAmount.default("0").meta({ description: "What is given back; at least what is recalled." }),
  expires_at: instantText,
  reason: reason.default("renewed"),
});
export const settleLeaseBody = z.strictObject({
  reserved: positiveAmount.meta({ description: "What the gate had reserved for the work, indirect cost included: it leaves the lease." }),
  cost: positiveAmount.meta({ description: "What it truly cost, without indirect cost. It always posts." }),
  person: personName,
  subject: lineText(1, 200).meta({ description: "What ran, e.g. slurm:alps:4711." }),
  partition: lineText(1, 63).nullable().default(null),
  charge_class: chargeClass.nullable().default(null).meta({ description: "Adds the indirect cost of this class, where the award has a rate for it." }),
  figure: figureQuality.default("metered"),
  at: instantText.optional().meta({ description: "When it ended; without it, now." }),
  note: lineText(1, 500).default("work of a lease"),
});
export const returnLeaseBody = z.strictObject({ reason: reason.default("returned") });

export const leaseView = z
  .strictObject({
    id: z.string().regex(UUID),
    account: accountName,
    unit: moneyUnit,
    holder: z.string(),
    why: z.string(),
    amount: amountText,
    remaining: amountText,
    recall: amountText.meta({ description: "What the holder has to give back before it may renew." }),
    state: leaseState,
    opened_at: instantText,
    expires_at: instantText,
    closed_at: instantText.nullable(),
  })
  .meta({ id: "BudgetLease" });

export const leaseMoved = z
  .strictObject({
    lease_id: z.string().regex(UUID),
    amount: amountText.meta({ description: "What was set aside, given back, or taken out of the lease for the work." }),
    remaining: amountText,
    recall: amountText,
    expires_at: instantText,
    transaction: z.string().regex(/^\d+$/).meta({ description: "Its number in the journal; of a settlement that of the charge, which a refund names." }),
    charged: amountText,
    overrun: amountText,
    replayed: z.boolean(),
  })
  .meta({ id: "BudgetLeaseMoved" });

const moves = { method: "POST", tag: "budget", access: "admin", idempotent: true, answeredFrom: "journal", reply: leaseMoved } as const;
const reads = { method: "GET", tag: "budget", access: "person", status: 200 } as const;

export const leaseRoutes = {
  openLease: defineRoute({
    ...moves,
    id: "budget.open-lease",
    path: "/api/v1/budget/leases",
    status: 201,
    summary: "Set money aside for a gate: at most a quarter of what is free, less than asked when that allows less",
    body: openLeaseBody,
    problems: [...COMMITMENT_REFUSED, "budget.account-unknown", "budget.amount-invalid", "value.range", "idempotency.mismatch"],
  }),
  renewLease: defineRoute({
    ...moves,
    id: "budget.renew-lease",
    path: "/api/v1/budget/leases/:id/renew",
    status: 200,
    summary: "Let a lease stand longer, and give back what others need of it",
    params: byId,
    body: renewLeaseBody,
    problems: ["budget.lease-unknown", "budget.lease-closed", "budget.lease-recalled", "idempotency.mismatch"],
  }),
  settleLease: defineRoute({
    ...moves,
    id: "budget.settle-lease",
    path: "/api/v1/budget/leases/:id/settle",
    status: 200,
    summary: "Charge work that was granted out of a lease; it posts after the lease ended, too",
    params: byId,
    body: settleLeaseBody,
    problems: ["budget.lease-unknown", "idempotency.mismatch"],
  }),
  returnLease: defineRoute({
    ...moves,
    id: "budget.return-lease",
    path: "/api/v1/budget/leases/:id/return",
    status: 200,
    summary: "Give back all that is left of a lease and close it",
    params: byId,
    body: returnLeaseBody,
    problems: ["budget.lease-unknown", "budget.lease-closed", "idempotency.mismatch"],
  }),
  listLeases: defineRoute({
    ...reads,
    id: "budget.list-leases",
    path: "/api/v1/budget/leases",
    summary: "Leases, newest first",
    query: z.strictObject({ account: accountName.optional(), state: leaseState.optional(), ...numbersPage }),
    reply: page(leaseView),
    problems: ["budget.account-unknown"],
  }),
  showLease: defineRoute({
    ...reads,
    id: "budget.show-lease",
    path: "/api/v1/budget/leases/:id",
    summary: "One lease: what is left of it, and what others need of it",
    params: byId,
    reply: leaseView,
    problems: ["budget.lease-unknown"],
  }),
};

export type LeaseView = z.output<typeof leaseView>;
export type LeaseMovedView = z.output<typeof leaseMoved>;
