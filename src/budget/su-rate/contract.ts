import { z } from "zod";
import { defineRoute } from "#kernel";
import { lineText, rateText } from "#price/contract";
import { accountName, byName, instantText, limit, page } from "../wire-contract.ts";

/** What one service unit is worth in dollars, by the day. */

const tag = "budget";
const dayText = z.iso.date().meta({ description: "The day (UTC) from which it holds." });
const rate = rateText.meta({ description: "Dollars for one service unit, at most nine decimals." });

export const suRate = z
  .strictObject({
    account: accountName,
    ordinal: z.int().min(1).meta({ description: "Counts what was decided for the account." }),
    rate,
    dated: dayText,
    source: z.string(),
    approver: z.string(),
    person: z.string().meta({ description: "Who recorded it." }),
    recorded_at: instantText,
  })
  .meta({ id: "BudgetSuRate" });

export const setSuRateBody = z.strictObject({
  rate: rate.refine((text) => /[1-9]/.test(text), "must not be 0: what costs nothing is said in the price"),
  dated: dayText,
  source: lineText(1, 200).meta({ description: "Where the figure comes from." }),
  approver: lineText(1, 200).meta({ description: "Who decided it." }),
  reason: lineText(1, 500).meta({ description: "Why; it stands in the journal." }),
});

export const suRateRoutes = {
  listSuRates: defineRoute({
    id: "budget.list-su-rates",
    method: "GET",
    path: "/api/v1/budget/su-rates",
    tag,
    access: "person",
    status: 200,
    summary: "What one service unit is worth, of the accounts I can see; appended, the newest of each account first",
    query: z.strictObject({
      account: accountName.optional().meta({ description: "Only what decides for this account: its own rates and those of the accounts above." }),
      cursor: z
        .string()
        .regex(/^[a-z][a-z0-9_.-]{0,62}:\d{1,9}$/)
        .optional(),
      limit,
    }),
    reply: page(suRate),
    problems: ["budget.account-unknown"],
  }),
  setSuRate: defineRoute({
    id: "budget.set-su-rate",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/su-rates",
    tag,
    access: "admin",
    status: 201,
    idempotent: true,
    summary: "Say what one service unit is worth from a day on, for an account kept in service units and all below it",
    params: byName,
    body: setSuRateBody,
    reply: suRate,
    problems: ["budget.account-unknown", "budget.unit-mismatch", "idempotency.mismatch"],
  }),
};

export type SuRateView = z.output<typeof suRate>;
