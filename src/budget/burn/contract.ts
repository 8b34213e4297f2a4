import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";
import { awardNumber, dayText } from "../award/contract.ts";
import { accountName, instantText } from "../wire-contract.ts";

/** How fast accounts and awards are spent, where asbb's documents put it. */

const burnStatus = z.enum(["NO_PERIOD", "NEW", "UNDER", "ON_TRACK", "OVER", "CRITICAL"]).meta({
  description: "ON_TRACK within 20 % of what is expected; CRITICAL above 50 % or overrun; NEW in the first week; NO_PERIOD where nothing says when it ends.",
});

const burnRateView = z
  .strictObject({
    account: accountName,
    grant_number: awardNumber.nullable(),
    unit: moneyUnit,
    as_of: instantText,
    start_date: dayText,
    end_date: dayText.nullable(),
    budget: amountText.meta({ description: "Of a grant its total, of an account what is allocated." }),
    cumulative_spend: amountText.meta({ description: "By date of service, from start_date to today, refunds taken off." }),
    cumulative_expected: amountText.nullable().meta({ description: "What spending the budget evenly would have spent by the end of today." }),
    daily_expected: amountText.nullable(),
    average_7_days: amountText.meta({ description: "A day, over the last 7 days or as many as there were, today included." }),
    average_30_days: amountText,
    variance_percent: z.number().nullable().meta({ description: "What was spent beyond what is expected; negative when less was." }),
    health_score: z
      .int()
      .min(0)
      .max(100)
      .nullable()
      .meta({ description: "100 up to what is expected, one less for each percent beyond, 0 when overrun; 100 in the first week." }),
    status: burnStatus,
    daily: z.array(z.strictObject({ date: dayText, spend: amountText })).meta({ description: "The last 30 days, those on which something was spent." }),
  })
  .meta({ id: "BudgetBurnRate" });

const read = { tag: "budget", access: "person", method: "GET", status: 200, reply: burnRateView } as const;

export const burnRoutes = {
  burnOfAccount: defineRoute({
    ...read,
    id: "budget.burn-rate",
    path: "/api/v1/burn-rate/:account",
    summary: "How fast an account is spent, against spending it evenly",
    params: z.strictObject({ account: accountName }),
    problems: ["budget.account-unknown"],
  }),
  burnOfGrant: defineRoute({
    ...read,
    id: "budget.burn-rate-grant",
    path: "/api/v1/burn-rate/grant/:number",
    summary: "How fast an award is spent, against spending it evenly",
    params: z.strictObject({ number: awardNumber }),
    problems: ["budget.award-unknown"],
  }),
};

export type BurnRateView = z.output<typeof burnRateView>;
