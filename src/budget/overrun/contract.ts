import { z } from "zod";
import { defineRoute } from "#kernel";
import { accountName, byName, instantText, limit, lineText, page } from "../wire-contract.ts";

/** What happens when a settlement goes beyond its reservation and does not fit. */

const tag = "budget";
const policy = z.enum(["leave", "extend", "advance", "inherit"]).meta({
  id: "BudgetOverrunRule",
  description:
    "leave: what no limit covers is overrun; extend: the reservation is first extended as far as money is free; advance: what there is no room for is charged to an advance account; inherit: the accounts above decide.",
});

const overrunPolicy = z
  .strictObject({
    account: accountName,
    policy,
    advance: accountName.nullable().meta({ description: "The advance account that bears what there is no room for." }),
    since: instantText,
    person: z.string().meta({ description: "Who set it." }),
    reason: z.string(),
  })
  .meta({ id: "BudgetOverrunPolicy" });

export const setOverrunBody = z
  .strictObject({ policy, advance: accountName.nullable().default(null), reason: lineText(1, 500).meta({ description: "Why; it stands in the journal." }) })
  .refine((body) => (body.policy === "advance") === (body.advance !== null), {
    path: ["advance"],
    message: "an advance account is named with the policy advance, and with no other",
  });

export const overrunRoutes = {
  listOverrunPolicies: defineRoute({
    id: "budget.list-overrun-policies",
    method: "GET",
    path: "/api/v1/budget/overrun-policies",
    tag,
    access: "person",
    status: 200,
    summary: "What happens to settlements that do not fit, of the accounts I can see; where nothing is listed they are overrun",
    query: z.strictObject({
      account: accountName
        .optional()
        .meta({ description: "Only what decides for this account: its own policy and those of the accounts above, the nearest first." }),
      cursor: accountName.optional(),
      limit,
    }),
    reply: page(overrunPolicy),
    problems: ["budget.account-unknown"],
  }),
  setOverrunPolicy: defineRoute({
    id: "budget.set-overrun-policy",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/overrun-policy",
    tag,
    access: "admin",
    status: 201,
    idempotent: true,
    summary: "Decide what happens when a settlement goes beyond its reservation and does not fit, on an account and all below it",
    params: byName,
    body: setOverrunBody,
    reply: overrunPolicy,
    problems: ["budget.account-unknown", "budget.advance-kind", "budget.unit-mismatch", "idempotency.mismatch"],
  }),
};

export type OverrunPolicyView = z.output<typeof overrunPolicy>;
