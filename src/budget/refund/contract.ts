import { z } from "zod";
import { defineRoute } from "#kernel";
import { accountName, instantText, limit, lineText, page } from "../wire-contract.ts";

/** What share of a charge is given back, by how the work ended. */

const tag = "budget";

/** How work ended: Slurm's words, and that a spot machine was taken away. The same list as the CHECK of headgate.refund_rule. */
export const END_STATES = [
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMEOUT",
  "OUT_OF_MEMORY",
  "NODE_FAIL",
  "BOOT_FAIL",
  "PREEMPTED",
  "DEADLINE",
  "SPOT_INTERRUPTED",
] as const;

export type EndState = (typeof END_STATES)[number];

export const endState = z
  .enum(END_STATES)
  .meta({ id: "BudgetEndState", description: "How the work ended, in Slurm's words; SPOT_INTERRUPTED: a spot machine was taken away." });
const share = z
  .string()
  .regex(/^0(\.\d{1,6})?$|^1(\.0{1,6})?$/)
  .meta({ description: "The part of the charge that is given back: 0.5 is half of it." });

export const refundRule = z
  .strictObject({
    account: accountName,
    ordinal: z.int().min(1).meta({ description: "Counts what was decided for the account." }),
    state: endState,
    share: share.nullable().meta({ description: "The part of the charge that is given back; null: the accounts above decide." }),
    since: instantText.meta({ description: "Work that ends from then on." }),
    reason: z.string(),
    person: z.string().meta({ description: "Who set it." }),
  })
  .meta({ id: "BudgetRefundRule" });

export const setRefundRuleBody = z.strictObject({
  state: endState,
  share: share.nullable().meta({ description: "The part of the charge that is given back, 0 to 1; null: the accounts above decide." }),
  reason: lineText(1, 300).meta({ description: "Why; it stands in the journal and with every refund." }),
});

export const refundRoutes = {
  listRefundRules: defineRoute({
    id: "budget.list-refund-rules",
    method: "GET",
    path: "/api/v1/budget/refund-policy",
    tag,
    access: "person",
    status: 200,
    summary: "What is given back by how work ends, of the accounts I can see",
    query: z.strictObject({
      account: accountName.optional().meta({ description: "Only what decides for this account: its own rules and those of the accounts above." }),
      all: z.stringbool().default(false).meta({ description: "Also what stood before." }),
      cursor: z
        .string()
        .regex(/^[a-z][a-z0-9_.-]{0,62}:\d{1,9}$/)
        .optional(),
      limit,
    }),
    reply: page(refundRule),
    problems: ["budget.account-unknown"],
  }),
  setRefundRule: defineRoute({
    id: "budget.set-refund-rule",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/refund-policy",
    tag,
    access: "admin",
    status: 201,
    idempotent: true,
    summary: "Decide what share of a charge is given back when work ends in a state, from now on",
    params: z.strictObject({ name: accountName }),
    body: setRefundRuleBody,
    reply: refundRule,
    problems: ["budget.account-unknown", "idempotency.mismatch"],
  }),
};

export type RefundRuleView = z.output<typeof refundRule>;
