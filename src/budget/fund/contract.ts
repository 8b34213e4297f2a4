import { z } from "zod";
import { defineRoute } from "#kernel";
import { lineText } from "#price/contract";
import { accountName, instantText } from "../wire-contract.ts";

/** Several funds for the work of one account. */

const FUNDS_MAX = 8;
const share = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,4})?%$/)
  .meta({ description: "A percentage with at most four decimals, e.g. 62.5%." });
const mode = z.enum(["order", "share"]).meta({ description: "order: each fund as far as it goes, then the next one. share: each fund its share, or nothing." });

export const fundPlan = z
  .strictObject({
    account: accountName,
    mode,
    funds: z.array(z.strictObject({ account: accountName, share: share.nullable() })),
    set_by: z.string(),
    set_at: instantText,
  })
  .meta({ id: "BudgetFundPlan" });

export const setFundsBody = z
  .strictObject({
    mode,
    funds: z
      .array(z.strictObject({ account: accountName, share: share.nullable().default(null) }))
      .min(1)
      .max(FUNDS_MAX),
    reason: lineText(1, 500),
  })
  .superRefine((body, context) => {
    const seen = new Set<string>();
    for (const [index, fund] of body.funds.entries()) {
      if (seen.has(fund.account)) context.addIssue({ code: "custom", path: ["funds", index, "account"], message: `names ${fund.account} a second time` });
      if ((body.mode === "share") === (fund.share === null))
        context.addIssue({
          code: "custom",
          path: ["funds", index, "share"],
          message: body.mode === "share" ? "has to be said for a plan by share" : "is only for a plan by share",
        });
      seen.add(fund.account);
    }
  });
export const clearFundsBody = z.strictObject({ reason: lineText(1, 500) });

const byName = z.strictObject({ name: accountName });
const common = { tag: "budget", problems: ["budget.account-unknown"] } as const;

export const fundRoutes = {
  listFunds: defineRoute({
    ...common,
    id: "budget.list-funds",
    method: "GET",
    path: "/api/v1/budget/funds",
    access: "person",
    status: 200,
    summary: "Which accounts are paid from several funds, of those I can see",
    reply: z.strictObject({ items: z.array(fundPlan) }),
    problems: [],
  }),
  setFunds: defineRoute({
    ...common,
    id: "budget.set-funds",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/funds",
    access: "admin",
    idempotent: true,
    status: 200,
    summary: "Say which funds pay for the work of an account",
    params: byName,
    body: setFundsBody,
    reply: fundPlan,
    problems: ["budget.account-unknown", "budget.unit-mismatch", "budget.fund-chain", "value.range", "idempotency.mismatch"],
  }),
  clearFunds: defineRoute({
    ...common,
    id: "budget.clear-funds",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/funds/clear",
    access: "admin",
    idempotent: true,
    status: 200,
    summary: "Let an account pay for its work itself again",
    params: byName,
    body: clearFundsBody,
    reply: z.strictObject({ account: accountName }),
    problems: ["budget.account-unknown", "idempotency.mismatch"],
  }),
};

export type FundPlanView = z.output<typeof fundPlan>;
