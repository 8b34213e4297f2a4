import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, lineText, pricedResource, rateText } from "#price/contract";
import { changeAmount, instantText, limit, numbersPage, page, positiveAmount } from "../wire-contract.ts";

/** Internal rates that were approved, what the service cost, and whether they break even. Dollars throughout. */

const tag = "budget";
const dayText = z.iso.date();
const costNumber = z.string().regex(/^\d{1,18}$/);

const rate = z
  .strictObject({
    number: costNumber,
    resource: pricedResource,
    rate: rateText,
    free: z.string().nullable().meta({ description: "Why it is free; null when it is not." }),
    dated: dayText.meta({ description: "The day (UTC) from which it holds." }),
    source: z.string(),
    approver: z.string().nullable().meta({ description: "Who approved it; null for a rate from the file of the laboratory." }),
    agreement: z.string().nullable().meta({ description: "The agreement or minutes that it stands in." }),
    person: z.string().meta({ description: "Who recorded it." }),
    recorded_at: instantText,
  })
  .meta({ id: "BudgetRate" });

/** Together with its approver and agreement a source is one line of a formula: 200 characters at most. */
export const setRateBody = z
  .strictObject({
    resource: pricedResource,
    rate: rateText,
    free: lineText(1, 200).nullable().default(null).meta({ description: "Why it is free: exactly when the rate is 0." }),
    dated: dayText.meta({ description: "The day (UTC) from which it holds." }),
    source: lineText(1, 80).meta({ description: "Where the figure comes from, e.g. rate sheet FY27." }),
    approver: lineText(1, 60).meta({ description: "Who approved it." }),
    agreement: lineText(1, 40).nullable().default(null).meta({ description: "The agreement or minutes that it stands in." }),
    reason: lineText(1, 500).meta({ description: "Why; it stands in the journal." }),
  })
  .superRefine(({ rate: text, free }, context) => {
    const zero = !/[1-9]/.test(text);
    if (zero && free === null)
      context.addIssue({
        code: "custom",
        path: ["free"],
        message: "a rate of 0 needs the reason why it is free",
        params: { code: "price.free-without-reason" },
      });
    if (!zero && free !== null) context.addIssue({ code: "custom", path: ["free"], message: "is said only of a rate of 0" });
  });

const policy = z
  .strictObject({
    since: dayText.meta({ description: "Costs and charges from this day (UTC) on are compared." }),
    opening: amountText.meta({ description: "What was carried into it: over-recovered when positive." }),
    band_days: z.int().min(0).max(366).meta({ description: "So many days of cost may be carried forward." }),
    approver: z.string(),
    person: z.string(),
    recorded_at: instantText,
  })
  .meta({ id: "BudgetRecharge" });

export const setRechargeBody = z.strictObject({
  since: dayText,
  opening: changeAmount.default("0"),
  band_days: z.int().min(0).max(366),
  approver: lineText(1, 200),
  reason: lineText(1, 500),
});

const cost = z
  .strictObject({
    number: costNumber,
    from: dayText,
    to: dayText.meta({ description: "The last day, included." }),
    amount: amountText,
    category: z.string(),
    document: z.string(),
    reverses: costNumber.nullable(),
    reversed_by: costNumber.nullable(),
    person: z.string(),
    recorded_at: instantText,
  })
  .meta({ id: "BudgetServiceCost" });

const COST_DAYS_MAX = 3660;
const dayNumber = (day: string): number => Date.parse(day) / 86_400_000;

export const recordCostBody = z
  .strictObject({
    from: dayText.meta({ description: "The first day (UTC) of the service that it paid for." }),
    to: dayText.meta({ description: "The last one, included." }),
    amount: positiveAmount.refine((text) => /[1-9]/.test(text), "must not be 0"),
    category: lineText(1, 60).meta({ description: "Salaries, depreciation, power, the provider's bill..." }),
    document: lineText(1, 200).meta({ description: "Where it can be looked up: an invoice, a line of the general ledger." }),
    reason: lineText(1, 500),
  })
  .superRefine(({ from, to }, context) => {
    const days = dayNumber(to) - dayNumber(from) + 1;
    if (days < 1) context.addIssue({ code: "custom", path: ["to"], message: "must not be before the first day" });
    else if (days > COST_DAYS_MAX)
      context.addIssue({ code: "custom", path: ["to"], message: `must be within ${COST_DAYS_MAX} days of the first one`, params: { code: "value.range" } });
  });

const suggestion = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("rates"),
    to_recover: amountText.meta({ description: "The cost of the next period less what is carried into it." }),
    at_rates_of_now: amountText.meta({ description: "What its hours would bring at the rates of now." }),
    rates: z
      .array(z.strictObject({ resource: pricedResource, now: rateText, to: rateText }))
      .meta({ description: "to = now x to_recover / at_rates_of_now, rounded up." }),
  }),
  z.strictObject({ kind: z.literal("none"), reason: z.string() }),
]);

const report = z
  .strictObject({
    from: dayText,
    to: dayText.meta({ description: "The last day, included." }),
    days: z.int().min(1),
    policy: policy.pick({ since: true, opening: true, band_days: true }),
    brought_forward: amountText,
    recovered: amountText.meta({ description: "Charged at on-premises rates by date of service, less refunds." }),
    cost: amountText,
    difference: amountText.meta({ description: "Recovered less cost: over-recovered when positive." }),
    carried_forward: amountText,
    band: amountText.meta({ description: "What may be carried forward: band_days of this period's cost." }),
    verdict: z.enum(["over", "within", "under"]),
    by_resource: z.array(z.strictObject({ resource: pricedResource, hours: z.string(), recovered: amountText })),
    by_category: z.array(z.strictObject({ category: z.string(), cost: amountText })),
    expected: z.strictObject({ next_cost: amountText, volume_percent: z.int() }),
    suggestion,
  })
  .meta({ id: "BudgetRechargeReport" });

const admin = { tag, access: "admin" } as const;
const writes = { ...admin, method: "POST", idempotent: true } as const;

export const rechargeRoutes = {
  listRates: defineRoute({
    id: "budget.list-rates",
    method: "GET",
    path: "/api/v1/budget/rates",
    tag,
    access: "person",
    status: 200,
    summary: "On-premises rates with who approved them, the newest first",
    query: z.strictObject({ resource: pricedResource.optional(), cursor: numbersPage.cursor, limit }),
    reply: page(rate),
    problems: [],
  }),
  setRate: defineRoute({
    ...writes,
    id: "budget.set-rate",
    path: "/api/v1/budget/rates",
    status: 201,
    summary: "Record an approved rate from a day on; what holds already is never changed",
    body: setRateBody,
    reply: rate,
    problems: ["idempotency.mismatch"],
  }),
  showRecharge: defineRoute({
    ...admin,
    id: "budget.show-recharge",
    method: "GET",
    path: "/api/v1/budget/recharge",
    status: 200,
    summary: "From when on costs and charges are compared, and how much may be carried forward",
    reply: policy,
    problems: ["recharge.unset"],
  }),
  setRecharge: defineRoute({
    ...writes,
    id: "budget.set-recharge",
    path: "/api/v1/budget/recharge",
    status: 201,
    summary: "Say from when on costs and charges are compared, and how much may be carried forward",
    body: setRechargeBody,
    reply: policy,
    problems: ["idempotency.mismatch"],
  }),
  listCosts: defineRoute({
    ...admin,
    id: "budget.list-service-costs",
    method: "GET",
    path: "/api/v1/budget/recharge/costs",
    status: 200,
    summary: "What the service cost, in the order in which it was recorded",
    query: z.strictObject(numbersPage),
    reply: page(cost),
    problems: [],
  }),
  recordCost: defineRoute({
    ...writes,
    id: "budget.record-service-cost",
    path: "/api/v1/budget/recharge/costs",
    status: 201,
    summary: "Record what the service cost on some days",
    body: recordCostBody,
    reply: cost,
    problems: ["idempotency.mismatch"],
  }),
  reverseCost: defineRoute({
    ...writes,
    id: "budget.reverse-service-cost",
    path: "/api/v1/budget/recharge/costs/:number/reversal",
    status: 201,
    summary: "Take a cost back, as it stands",
    params: z.strictObject({ number: costNumber }),
    body: z.strictObject({ reason: lineText(1, 500) }),
    reply: cost,
    problems: ["recharge.cost-unknown", "recharge.cost-reversed", "idempotency.mismatch"],
  }),
  reportRecharge: defineRoute({
    ...admin,
    id: "budget.report-recharge",
    method: "GET",
    path: "/api/v1/budget/recharge/report",
    status: 200,
    summary: "Whether the rates break even, and by which they would",
    query: z.strictObject({
      from: dayText.optional().meta({ description: "The first day; without it, the day from which costs and charges are compared." }),
      to: dayText.optional().meta({ description: "The last day; without it, today (UTC)." }),
      next_cost: positiveAmount.optional().meta({ description: "What the next period is expected to cost; without it, as much as this one." }),
      volume_percent: z.coerce.number().int().min(1).max(10_000).default(100).meta({ description: "Its hours, in per cent of those of this one." }),
    }),
    reply: report,
    problems: ["recharge.unset"],
  }),
};

export type RateView = z.output<typeof rate>;
export type ServiceCostView = z.output<typeof cost>;
export type RechargeReportView = z.output<typeof report>;
