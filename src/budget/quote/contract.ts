import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { amountText, formulaTerm, moneyUnit } from "#price/contract";
import { accountName, instantText, limit, lineText, page, positiveAmount } from "../wire-contract.ts";

/** Prices that are promised for a time. */

const tag = "budget";

/** Days that a quote can hold at most, and those it holds when nobody says. */
const DAYS_MAX = 90;
const DAYS_USUAL = 7;

export const quoteId = z.string().regex(UUID);
export const quoteDays = z.int().min(1).max(DAYS_MAX).default(DAYS_USUAL).meta({ description: "For how many days it holds." });

export const quoteView = z
  .strictObject({
    id: quoteId,
    account: accountName.meta({ description: "The account it was made for; no other can use it." }),
    unit: moneyUnit,
    amount: amountText.meta({ description: "The most that it costs: what a reservation with this quote reserves." }),
    formula: z.array(formulaTerm),
    words: z.string().meta({ description: "How the amount comes about." }),
    free: z.string().nullable().meta({ description: "Why it costs nothing, when the rate is 0." }),
    work: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .nullable()
      .meta({ description: "What it is for: of a job its app and resources, which must be the same; null: a plain amount." }),
    reason: z.string(),
    person: z.string(),
    made_at: instantText,
    valid_until: instantText,
    state: z.enum(["open", "used", "expired"]),
    hold_id: quoteId.nullable().meta({ description: "The reservation that used it." }),
    used_at: instantText.nullable(),
  })
  .meta({ id: "BudgetQuote" });

export const makeQuoteBody = z.strictObject({
  account: accountName,
  amount: positiveAmount,
  unit: moneyUnit.default("USD"),
  formula: z.array(formulaTerm).max(32).default([]),
  reason: lineText(1, 500),
  valid_days: quoteDays,
});

export const quoteRoutes = {
  listQuotes: defineRoute({
    id: "budget.list-quotes",
    method: "GET",
    path: "/api/v1/budget/quotes",
    tag,
    access: "person",
    status: 200,
    summary: "Prices that are promised to the accounts I can see, the newest first",
    query: z.strictObject({
      account: accountName.optional(),
      open: z.stringbool().default(false).meta({ description: "Only those that can be used now." }),
      cursor: quoteId.optional(),
      limit,
    }),
    reply: page(quoteView),
    problems: ["budget.account-unknown"],
  }),
  makeQuote: defineRoute({
    id: "budget.make-quote",
    method: "POST",
    path: "/api/v1/budget/quotes",
    tag,
    access: "admin",
    status: 201,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Promise an account a price for a time; a job is quoted at /api/v1/jobs/quotes",
    body: makeQuoteBody,
    reply: quoteView,
    problems: ["budget.account-unknown", "budget.unit-mismatch", "budget.amount-invalid", "idempotency.mismatch"],
  }),
  showQuote: defineRoute({
    id: "budget.show-quote",
    method: "GET",
    path: "/api/v1/budget/quotes/:id",
    tag,
    access: "person",
    status: 200,
    summary: "One quote: its amount and formula, until when it holds, and what used it",
    params: z.strictObject({ id: quoteId }),
    reply: quoteView,
    problems: ["budget.quote-unknown"],
  }),
};

export type QuoteView = z.output<typeof quoteView>;
