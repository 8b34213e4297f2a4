import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, formulaTerm, moneyUnit } from "#price/contract";
import { dayText } from "../award/contract.ts";
import { accountName, limit, lineText, page, positiveAmount } from "../wire-contract.ts";

/** What costs money each day whether or not anything runs. */

const tag = "budget";
const NAME = /^[a-z0-9][a-z0-9_.:/-]{0,99}$/;
const standingName = z.string().regex(NAME).meta({ description: "Lower-case letters, digits and - _ . : /, e.g. alps/head-node." });

export const standingCost = z
  .strictObject({
    name: standingName,
    account: accountName,
    unit: moneyUnit,
    per_day: amountText,
    formula: z.array(formulaTerm),
    source: z.string().meta({ description: "Where the figure comes from." }),
    person: z.string().meta({ description: "Who added it." }),
    starts_on: dayText,
    ends_on: dayText.nullable().meta({ description: "Its last day; null until somebody ends it." }),
    accrued_to: dayText.nullable().meta({ description: "The last day that is charged; null while none is." }),
    reserved_to: dayText.nullable().meta({ description: "The days up to this one are reserved; null when nothing is, e.g. because it does not fit." }),
  })
  .meta({ id: "BudgetStandingCost" });

export const addStandingBody = z.strictObject({
  name: standingName,
  account: accountName,
  per_day: positiveAmount,
  unit: moneyUnit.default("USD"),
  formula: z.array(formulaTerm).max(32).default([]),
  source: lineText(1, 200).meta({ description: "Where the figure comes from, e.g. AWS price list of 2026-11-20." }),
  starts_on: dayText,
  ends_on: dayText.nullable().default(null),
  reason: lineText(1, 500),
});
export const endStandingBody = z.strictObject({ ends_on: dayText.meta({ description: "Its last day, which is charged, too." }), reason: lineText(1, 500) });

const byName = z.strictObject({ name: standingName });
const admin = { tag, access: "admin", idempotent: true, method: "POST" } as const;

export const standingRoutes = {
  listStanding: defineRoute({
    id: "budget.list-standing",
    method: "GET",
    path: "/api/v1/budget/standing",
    tag,
    access: "person",
    status: 200,
    summary: "What costs money each day, on the accounts I can see",
    query: z.strictObject({
      account: accountName.optional(),
      all: z.stringbool().default(false).meta({ description: "Those that have ended, too." }),
      cursor: standingName.optional(),
      limit,
    }),
    reply: page(standingCost),
    problems: ["budget.account-unknown"],
  }),
  addStanding: defineRoute({
    ...admin,
    id: "budget.add-standing",
    path: "/api/v1/budget/standing",
    status: 201,
    summary: "Add what costs money each day",
    body: addStandingBody,
    reply: standingCost,
    problems: ["budget.account-unknown", "budget.unit-mismatch", "budget.standing-exists", "budget.amount-invalid", "value.range", "idempotency.mismatch"],
  }),
  endStanding: defineRoute({
    ...admin,
    id: "budget.end-standing",
    path: "/api/v1/budget/standing/:name/end",
    status: 200,
    summary: "Say what the last day of a standing cost is; what is reserved beyond it is given back",
    params: byName,
    body: endStandingBody,
    reply: standingCost,
    problems: ["budget.standing-unknown", "budget.standing-charged", "value.range", "idempotency.mismatch"],
  }),
  showStanding: defineRoute({
    id: "budget.show-standing",
    method: "GET",
    path: "/api/v1/budget/standing/:name",
    tag,
    access: "person",
    status: 200,
    summary: "One standing cost: how far it is charged and reserved",
    params: byName,
    reply: standingCost,
    problems: ["budget.standing-unknown"],
  }),
  accrueStanding: defineRoute({
    ...admin,
    id: "budget.accrue-standing",
    path: "/api/v1/budget/accruals",
    status: 200,
    summary: "Charge now every day of standing costs that is over; the worker does it by itself",
    reply: z.strictObject({ done: z.int().min(0).meta({ description: "Days that were charged." }) }),
    problems: ["overloaded"],
  }),
};

export type StandingCostView = z.output<typeof standingCost>;
