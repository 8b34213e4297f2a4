import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";
import { accountName, instantText, limit, page } from "../wire-contract.ts";
import { awardNumber, awardView, dayText, releaseView } from "./contract.ts";

/** Awards and their releases under the names that asbb's documents gave them: grants and allocations. Views only; nothing is kept twice. */

const tag = "budget";
const fact = z.string().nullable();

const grantFields = {
  grant_number: awardNumber,
  title: z.string(),
  agency: z.string(),
  program: fact,
  pi: z.string(),
  co_pi: fact,
  institution: fact,
  department: fact,
  federal_id: fact,
  project: fact,
  cost_center: fact,
  account: accountName,
  unit: moneyUnit,
  amount: amountText,
  allocated: amountText.meta({ description: "What of the amount has reached the account." }),
  start_date: dayText,
  end_date: dayText,
  period_months: z.int(),
};
const grantPeriod = z.strictObject({
  period_number: z.int(),
  start_date: dayText,
  end_date: dayText,
  spent: amountText,
  left: amountText.nullable(),
  lapsed: amountText.nullable(),
  status: z.enum(["open", "closed"]),
});
const grantSummary = z.strictObject(grantFields).meta({ id: "BudgetGrantSummary" });
const grantView = z.strictObject({ ...grantFields, indirect: awardView.shape.indirect }).meta({ id: "BudgetGrant" });
const allocationView = z
  .strictObject({
    id: z.string().meta({ description: "The award's number and the part's, as in ATM-2231:2." }),
    grant_number: awardNumber,
    account: accountName,
    unit: moneyUnit,
    amount: amountText,
    description: z.string(),
    gate: releaseView.shape.gate,
    due_date: dayText.nullable(),
    status: z.enum(["pending", "completed"]),
    completed_at: instantText.nullable(),
    transaction_id: z.string().nullable(),
  })
  .meta({ id: "BudgetOldAllocation" });

const byGrant = z.strictObject({ number: awardNumber });
const allocationId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}:[1-9]\d{0,8}$/);
const read = { tag, access: "person", method: "GET", status: 200 } as const;

export const oldAwardRoutes = {
  listGrants: defineRoute({
    ...read,
    id: "budget.list-grants",
    path: "/api/v1/grants",
    summary: "The awards I can see, under asbb's name for them",
    query: z.strictObject({ active_on: dayText.optional(), cursor: awardNumber.optional(), limit }),
    reply: page(grantSummary),
    problems: [],
  }),
  showGrant: defineRoute({
    ...read,
    id: "budget.show-grant",
    path: "/api/v1/grants/:number",
    summary: "One award, under asbb's name for it",
    params: byGrant,
    reply: grantView,
    problems: ["budget.award-unknown"],
  }),
  listGrantPeriods: defineRoute({
    ...read,
    id: "budget.list-grant-periods",
    path: "/api/v1/grants/:number/periods",
    summary: "An award's budget periods, under asbb's name for it",
    params: byGrant,
    reply: z.strictObject({ items: z.array(grantPeriod) }),
    problems: ["budget.award-unknown"],
  }),
  listOldAllocations: defineRoute({
    ...read,
    id: "budget.list-old-allocations",
    path: "/api/v1/allocations",
    summary: "The parts in which awards' money is released, under asbb's name for them",
    query: z.strictObject({ account: accountName.optional(), cursor: allocationId.optional(), limit }),
    reply: page(allocationView),
    problems: ["budget.account-unknown"],
  }),
  showOldAllocation: defineRoute({
    ...read,
    id: "budget.show-old-allocation",
    path: "/api/v1/allocations/:id",
    summary: "One part of an award's money, under asbb's name for it",
    params: z.strictObject({ id: allocationId }),
    reply: allocationView,
    problems: ["budget.award-unknown"],
  }),
};

export type GrantSummary = z.output<typeof grantSummary>;
export type OldAllocation = z.output<typeof allocationView>;
