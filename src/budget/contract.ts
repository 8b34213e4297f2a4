import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { changeRoutes, limitRoutes, type limitView } from "./change/contract.ts";
import { amountText, moneyUnit } from "#price/contract";
import { accountView, allocateBody, createAccountBody } from "./account-contract.ts";
import { adjustRoutes } from "./adjust/contract.ts";
import { awardRoutes, type awardSummary, type awardView, type releaseView } from "./award/contract.ts";
import { oldAwardRoutes } from "./award/old-contract.ts";
import { burnRoutes } from "./burn/contract.ts";
import { chargeRoutes } from "./charge/contract.ts";
import { holdRoutes, holdView } from "./hold-contract.ts";
import { exemptRoutes } from "./exempt/contract.ts";
import { leaseRoutes } from "./lease/contract.ts";
import { fundRoutes } from "./fund/contract.ts";
import { overrunRoutes } from "./overrun/contract.ts";
import { overheadAlarm, overheadRoutes } from "./overhead/contract.ts";
import { rechargeRoutes } from "./recharge/contract.ts";
import { standingCost, standingRoutes } from "./standing/contract.ts";
import { quoteRoutes } from "./quote/contract.ts";
import { refundRoutes } from "./refund/contract.ts";
import { suRateRoutes } from "./su-rate/contract.ts";
import { renewRoutes } from "./renew/contract.ts";
import { verifyRoutes } from "./verify-contract.ts";
import {
  accountKind,
  accountName,
  accountsPage,
  accountStatus,
  balanceFields,
  byName,
  figureQuality,
  instantText,
  numbersPage,
  page,
} from "./wire-contract.ts";

export { dayText } from "./award/contract.ts";
export { accountName, changeAmount, instantText } from "./wire-contract.ts";
export { quoteDays, quoteId, quoteView, type QuoteView } from "./quote/contract.ts";
export { type SuRateView } from "./su-rate/contract.ts";
export { END_STATES, type RefundRuleView } from "./refund/contract.ts";

export const journalEntry = z.strictObject({
  account: z.string(),
  pocket: z.enum(["free", "held", "leased", "spent", "overrun"]),
  unit: moneyUnit,
  amount: amountText,
});

/** One movement of money: its entries add up to zero. */
export const journalTransaction = z
  .strictObject({
    number: z.string().regex(/^\d+$/),
    kind: z.string(),
    booked_at: instantText,
    effective_at: instantText,
    person: z.string(),
    source: z.string().meta({ description: "The door it came through." }),
    why: z.string(),
    hold_id: z.string().regex(UUID).nullable(),
    key: z.string(),
    figure: figureQuality.nullable(),
    entries: z.array(journalEntry).meta({ description: "They add up to zero. None for what moved no money: a free reservation, an account opened." }),
  })
  .meta({ id: "BudgetTransaction" });

export const budgetStatus = z
  .strictObject({
    person: z.string(),
    default_account: accountName.nullable(),
    accounts: z.array(accountView).meta({ description: "All that the person can see, parents before children." }),
    more: z.boolean().meta({ description: "True when there are more accounts than are shown; the list of accounts has pages." }),
    standing_costs: z.array(standingCost).meta({ description: "What costs money each day whether or not anything runs." }),
    standing_per_day: z.array(z.strictObject({ unit: moneyUnit, amount: amountText })),
    overhead_alarms: z.array(overheadAlarm).meta({ description: "Overhead accounts of clusters whose alarm rings." }),
    indirect: z
      .array(z.strictObject({ account: accountName, unit: moneyUnit, spent: amountText, reserved: amountText }))
      .meta({ description: "The indirect cost that awards added, within what these accounts have spent and reserved." }),
  })
  .meta({ id: "BudgetStatus" });

export const explanation = z
  .strictObject({
    account: accountName,
    unit: moneyUnit,
    can_commit: amountText,
    binding: z.string(),
    reason: z.string().meta({ description: "One sentence: which level binds and why." }),
    levels: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.enum([...accountKind.options, "person-limit", "partition-limit"]),
        status: accountStatus,
        starts_at: instantText.nullable(),
        ends_at: instantText.nullable(),
        ...balanceFields,
        can_commit: amountText,
        binds: z.boolean(),
      }),
    ),
    holds: z.array(holdView).meta({ description: "The largest open reservations that count against the binding level." }),
  })
  .meta({ id: "BudgetExplanation" });

const tag = "budget";

export const budgetRoutes = {
  ...chargeRoutes,
  ...adjustRoutes,
  ...renewRoutes,
  ...refundRoutes,
  ...quoteRoutes,
  ...suRateRoutes,
  ...leaseRoutes,
  ...standingRoutes,
  ...fundRoutes,
  ...exemptRoutes,
  ...overrunRoutes,
  ...overheadRoutes,
  ...rechargeRoutes,
  ...verifyRoutes,
  ...holdRoutes,
  ...awardRoutes,
  ...oldAwardRoutes,
  ...burnRoutes,
  listAccounts: defineRoute({
    id: "budget.list-accounts",
    method: "GET",
    path: "/api/v1/budget/accounts",
    tag,
    access: "person",
    status: 200,
    summary: "The accounts I can see, parents before children",
    query: z.strictObject(accountsPage),
    reply: page(accountView),
    problems: [],
  }),
  showAccount: defineRoute({
    id: "budget.show-account",
    method: "GET",
    path: "/api/v1/budget/accounts/:name",
    tag,
    access: "person",
    status: 200,
    summary: "One account with its balance",
    params: byName,
    reply: accountView,
    problems: ["budget.account-unknown"],
  }),
  createAccount: defineRoute({
    id: "budget.create-account",
    method: "POST",
    path: "/api/v1/budget/accounts",
    tag,
    access: "person",
    status: 201,
    idempotent: true,
    summary: "Open an account; part of one for its PI and delegates",
    body: createAccountBody,
    reply: accountView,
    problems: ["access.forbidden", "budget.account-exists", "budget.account-unknown", "budget.unit-mismatch"],
  }),
  allocate: defineRoute({
    id: "budget.allocate",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/allocations",
    tag,
    access: "admin",
    status: 201,
    idempotent: true,
    summary: "Give an account money, or take back what is free",
    params: byName,
    body: allocateBody,
    reply: accountView,
    problems: ["budget.account-unknown", "budget.closed", "budget.insufficient"],
  }),
  explainAccount: defineRoute({
    id: "budget.explain-account",
    method: "GET",
    path: "/api/v1/budget/accounts/:name/explain",
    tag,
    access: "person",
    status: 200,
    summary: "Why an account can commit as much as it can: every level with its numbers",
    params: byName,
    reply: explanation,
    problems: ["budget.account-unknown"],
  }),
  listJournal: defineRoute({
    id: "budget.list-journal",
    method: "GET",
    path: "/api/v1/budget/journal",
    tag,
    access: "person",
    status: 200,
    summary: "Every movement of an account's money, newest first",
    query: z.strictObject({ account: accountName, ...numbersPage }),
    reply: page(journalTransaction),
    problems: ["budget.account-unknown"],
  }),
  showStatus: defineRoute({
    id: "budget.show-status",
    method: "GET",
    path: "/api/v1/budget/status",
    tag,
    access: "person",
    status: 200,
    summary: "My projects, my default, and what costs money each day",
    reply: budgetStatus,
    problems: [],
  }),
  ...changeRoutes(accountView),
  ...limitRoutes,
  setDefault: defineRoute({
    id: "budget.set-default",
    method: "PUT",
    path: "/api/v1/budget/default",
    tag,
    access: "person",
    status: 200,
    summary: "Choose the account my jobs are charged to when none is named",
    body: z.strictObject({ account: accountName }),
    reply: z.strictObject({ default_account: accountName }),
    problems: ["budget.account-unknown", "budget.not-member"],
  }),
};

export type AwardView = z.output<typeof awardView>;
export type AwardSummary = z.output<typeof awardSummary>;
export type ReleaseView = z.output<typeof releaseView>;
export type LimitView = z.output<typeof limitView>;
export type AccountView = z.output<typeof accountView>;
export type HoldView = z.output<typeof holdView>;
export type JournalTransaction = z.output<typeof journalTransaction>;
export type BudgetStatus = z.output<typeof budgetStatus>;
export type Explanation = z.output<typeof explanation>;
export type { ExemptionUseView, ExemptionView, ExemptUseView } from "./exempt/contract.ts";
export type StandingCostView = z.output<typeof standingCost>;
export type { OverheadView } from "./overhead/contract.ts";
export type { RechargeReportView } from "./recharge/contract.ts";
