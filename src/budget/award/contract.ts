import { z } from "zod";
import { defineRoute, parseInstant, UUID } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";
import { accountName, chargeClass, instantText, limit, limitAmount, lineText, page, positiveAmount } from "../wire-contract.ts";

/** Awards, their budget periods, and the parts in which their money reaches an account. */

const tag = "budget";
export const awardNumber = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
  .meta({ description: "The agency's number of the award, such as ATM-2231." });
export const dayText = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .refine((text) => (parseInstant(text) ?? -1) >= 0 && text < "9999", "not a day such as 2027-06-30")
  .meta({ description: "A day in UTC." });
const carry = z.enum(["carry-over", "use-or-lose"]).meta({ description: "What becomes of what a period leaves: it stays, or it is taken back." });
const gate = z.enum(["date", "report", "approval"]).meta({ description: "What lets it go: the day, a report that was accepted, or somebody's approval." });
const reason = lineText(1, 400).meta({ description: "Why; it stands in the journal." });
const approver = lineText(1, 200).meta({ description: "Who agreed." });
const short = lineText(1, 200);
const facts = z
  .strictObject({
    program: short.optional(),
    co_pis: lineText(1, 1000).optional(),
    institution: short.optional(),
    department: short.optional(),
    federal_id: short.optional(),
    project: short.optional(),
    cost_center: short.optional(),
  })
  .meta({ description: "What reports to an agency name." });

const lateAccount = accountName
  .nullable()
  .meta({ description: "Where a cost goes whose service was given outside the award's days, or that arrives after its close-out." });
const closeoutDays = z.int().min(0).max(3650).meta({ description: "Days after its end in which costs of its days are still its own." });

const terms = { agency: short, title: short, pi: short, total: limitAmount, carry, facts };

export const createAwardBody = z
  .strictObject({
    ...terms,
    number: awardNumber,
    account: accountName.nullable().default(null).meta({ description: "The account that spends it; null opens one called after the award." }),
    parent: accountName.nullable().default(null).meta({ description: "What an account that is opened is part of." }),
    unit: moneyUnit.default("USD"),
    starts_on: dayText,
    ends_on: dayText.meta({ description: "The last day that belongs to it." }),
    period_months: z.int().min(1).max(120).default(12),
    carry: carry.default("carry-over"),
    late_account: lateAccount.default(null),
    closeout_days: closeoutDays.default(120),
    through: z.boolean().default(false).meta({ description: "Raise the limits above the account by what is released, too." }),
    facts: facts.default({}),
  })
  .superRefine((body, context) => {
    if (body.ends_on < body.starts_on)
      context.addIssue({ code: "custom", path: ["ends_on"], message: `must not be before starts_on, ${body.starts_on}`, params: { code: "value.range" } });
    else if (Date.parse(body.ends_on) - Date.parse(body.starts_on) >= AWARD_DAYS_MAX * 86_400_000)
      context.addIssue({ code: "custom", path: ["ends_on"], message: "an award runs for 50 years at most", params: { code: "value.range" } });
  });

const AWARD_DAYS_MAX = 18_262;

export const updateAwardBody = z.strictObject({
  agency: terms.agency.optional(),
  title: terms.title.optional(),
  pi: terms.pi.optional(),
  total: terms.total.optional(),
  carry: carry.optional(),
  late_account: lateAccount.optional(),
  closeout_days: closeoutDays.optional(),
  facts: facts.optional(),
  reason,
});

export const extendAwardBody = z.strictObject({ ends_on: dayText, reason, approver });

const period = z.strictObject({
  ordinal: z.int(),
  starts_on: dayText,
  ends_on: dayText,
  spent: amountText.meta({ description: "By date of service." }),
  left: amountText.nullable().meta({ description: "What it had left when it was closed; null while it is open." }),
  lapsed: amountText.nullable().meta({ description: "What of that was taken back." }),
});

const awardFields = {
  ...terms,
  number: awardNumber,
  account: accountName,
  unit: moneyUnit,
  starts_on: dayText,
  ends_on: dayText,
  total: amountText,
  period_months: z.int(),
  through: z.boolean(),
  late_account: lateAccount,
  closeout_days: closeoutDays,
  late: amountText.meta({ description: "What its late fund was charged for it." }),
  scheduled: amountText.meta({ description: "What of the total is on its schedule." }),
  released: amountText.meta({ description: "What of it has reached the account." }),
};
const rateText = z
  .string()
  .regex(/^[0-4](\.\d{1,6})?$|^5(\.0{1,6})?$/)
  .meta({ description: "What is added to the direct cost, as a part of it: 0.525 is 52.5 %." });
const indirectRate = z.strictObject({
  class: chargeClass,
  rate: rateText,
  exempt: short.nullable().meta({ description: "Why nothing is added; said exactly when the rate is 0." }),
  dated: dayText.meta({ description: "The first day of service it holds for." }),
  agreement: short.meta({ description: "The agreement the rate is from." }),
  approver,
});
export const setIndirectBody = indirectRate.extend({ exempt: indirectRate.shape.exempt.default(null), reason }).superRefine((body, context) => {
  if (/^0(\.0*)?$/.test(body.rate) !== (body.exempt !== null))
    context.addIssue({ code: "custom", path: ["exempt"], message: "says why nothing is added, exactly when the rate is 0", params: { code: "value.invalid" } });
});

export const awardSummary = z.strictObject(awardFields).meta({ id: "BudgetAwardSummary" });
export const awardView = z.strictObject({ ...awardFields, periods: z.array(period), indirect: z.array(indirectRate) }).meta({ id: "BudgetAward" });

export const releaseView = z
  .strictObject({
    award: awardNumber,
    ordinal: z.int(),
    account: accountName,
    unit: moneyUnit,
    amount: amountText,
    gate,
    due_on: dayText.nullable(),
    label: z.string(),
    released_at: instantText.nullable(),
    released_by: z.string().nullable(),
    transaction: z.string().nullable(),
    words: z.string().nullable().meta({ description: "What let it go, as the journal has it." }),
  })
  .meta({ id: "BudgetAwardRelease" });

const planned = z
  .strictObject({ amount: positiveAmount, gate: gate.default("date"), due_on: dayText.nullable().default(null), label: lineText(1, 100) })
  .superRefine((one, context) => {
    if (one.gate === "date" && one.due_on === null)
      context.addIssue({ code: "custom", path: ["due_on"], message: "a release by date needs its day", params: { code: "key.missing" } });
    if (/^0*(\.0*)?$/.test(one.amount)) context.addIssue({ code: "custom", path: ["amount"], message: "must be more than 0", params: { code: "value.range" } });
  });

export const scheduleBody = z.strictObject({ releases: z.array(planned).min(1).max(120), reason });
export const releaseBody = z.strictObject({ approver: approver.nullable().default(null), report: lineText(1, 200).nullable().default(null) });

const crossing = z.strictObject({
  hold_id: z.string().regex(UUID),
  account: accountName,
  person: z.string(),
  subject: z.string(),
  unit: moneyUnit,
  reserved: amountText,
  until: instantText,
});

const byAward = z.strictObject({ number: awardNumber });
const admin = { tag, access: "admin", idempotent: true, method: "POST" } as const;

export const awardRoutes = {
  listAwards: defineRoute({
    id: "budget.list-awards",
    method: "GET",
    path: "/api/v1/budget/awards",
    tag,
    access: "person",
    status: 200,
    summary: "The awards of the accounts I can see",
    query: z.strictObject({ active_on: dayText.optional(), cursor: awardNumber.optional(), limit }),
    reply: page(awardSummary),
    problems: [],
  }),
  showAward: defineRoute({
    id: "budget.show-award",
    method: "GET",
    path: "/api/v1/budget/awards/:number",
    tag,
    access: "person",
    status: 200,
    summary: "One award with its budget periods",
    params: byAward,
    reply: awardView,
    problems: ["budget.award-unknown"],
  }),
  createAward: defineRoute({
    ...admin,
    id: "budget.create-award",
    path: "/api/v1/budget/awards",
    status: 201,
    summary: "Record an award and the account that spends it",
    body: createAwardBody,
    reply: awardView,
    problems: ["budget.award-exists", "budget.account-exists", "budget.account-unknown", "budget.unit-mismatch", "idempotency.mismatch"],
  }),
  updateAward: defineRoute({
    ...admin,
    id: "budget.update-award",
    path: "/api/v1/budget/awards/:number/terms",
    status: 200,
    summary: "Change what an award says; only what is given",
    params: byAward,
    body: updateAwardBody,
    reply: awardView,
    problems: ["budget.award-unknown", "budget.award-exceeded", "idempotency.mismatch"],
  }),
  extendAward: defineRoute({
    ...admin,
    id: "budget.extend-award",
    path: "/api/v1/budget/awards/:number/extensions",
    status: 200,
    summary: "Move an award's last day: a no-cost extension, or an earlier end",
    params: byAward,
    body: extendAwardBody,
    reply: awardView,
    problems: ["budget.award-unknown", "idempotency.mismatch"],
  }),
  setIndirect: defineRoute({
    ...admin,
    id: "budget.set-indirect",
    path: "/api/v1/budget/awards/:number/indirect",
    status: 201,
    summary: "Set the indirect rate of a class of an award's charges from a day on, or exempt the class",
    params: byAward,
    body: setIndirectBody,
    reply: awardView,
    problems: ["budget.award-unknown", "idempotency.mismatch"],
  }),
  listCrossing: defineRoute({
    id: "budget.list-crossing",
    method: "GET",
    path: "/api/v1/budget/awards/:number/crossing",
    tag,
    access: "person",
    status: 200,
    summary: "Open reservations that can go on after an award's last day, 500 at most",
    params: byAward,
    reply: z.strictObject({ ends_on: dayText, items: z.array(crossing) }),
    problems: ["budget.award-unknown"],
  }),
  listReleases: defineRoute({
    id: "budget.list-releases",
    method: "GET",
    path: "/api/v1/budget/releases",
    tag,
    access: "person",
    status: 200,
    summary: "The parts in which awards' money is released, done and to come",
    query: z.strictObject({
      award: awardNumber.optional(),
      account: accountName.optional(),
      cursor: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}:\d{1,9}$/)
        .optional(),
      limit,
    }),
    reply: page(releaseView),
    problems: ["budget.account-unknown", "budget.award-unknown"],
  }),
  scheduleReleases: defineRoute({
    ...admin,
    id: "budget.schedule-releases",
    path: "/api/v1/budget/awards/:number/releases",
    status: 201,
    summary: "Put parts of an award's money on its schedule",
    params: byAward,
    body: scheduleBody,
    reply: z.strictObject({ items: z.array(releaseView) }),
    problems: ["budget.award-unknown", "budget.award-exceeded", "idempotency.mismatch"],
  }),
  releaseAward: defineRoute({
    ...admin,
    id: "budget.release-award",
    path: "/api/v1/budget/awards/:number/releases/:ordinal",
    status: 200,
    summary: "Release a part because its report was accepted or it was approved; once, whoever asks again",
    params: z.strictObject({ number: awardNumber, ordinal: z.coerce.number().int().min(1).max(2_000_000_000) }),
    body: releaseBody,
    reply: releaseView,
    problems: ["budget.award-unknown", "budget.release-waits", "budget.closed"],
  }),
  turnAwards: defineRoute({
    ...admin,
    id: "budget.turn-awards",
    path: "/api/v1/budget/releases/due",
    status: 200,
    summary: "Do now what the calendar asks of awards: release what is due, close periods that are over. The worker does it by itself every minute",
    reply: z.strictObject({ done: z.int() }),
    problems: [],
  }),
};
