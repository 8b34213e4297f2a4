import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { amountText, formulaTerm, lineText, moneyUnit } from "#price/contract";
import { exemptUse } from "./exempt/contract.ts";
import { quoteId } from "./quote/contract.ts";
import { endState } from "./refund/contract.ts";
import {
  accountName,
  byId,
  chargeClass,
  COMMITMENT_REFUSED,
  figureQuality,
  holdState,
  instantText,
  numbersPage,
  page,
  personName,
  positiveAmount,
} from "./wire-contract.ts";

/** Reservations: placing one, settling it to the true cost, giving it back. */

export const holdView = z
  .strictObject({
    id: z.string().regex(UUID),
    account: accountName,
    person: z.string(),
    subject: z.string().meta({ description: "What it is held for, e.g. job:<uuid>." }),
    unit: moneyUnit,
    amount: amountText,
    remaining: amountText,
    charged: amountText,
    expected: amountText.nullable(),
    state: holdState,
    quote: quoteId.nullable().meta({ description: "The quote it was placed with." }),
    formula: z.array(formulaTerm).meta({ description: "How the amount as it stands was worked out." }),
    history: z
      .array(z.strictObject({ at: instantText, why: z.string(), amount: amountText, expires_at: instantText.nullable(), formula: z.array(formulaTerm) }))
      .meta({ description: "As it was placed, then each change with the total from then on; the last hundred." }),
    created_at: instantText,
    expires_at: instantText.nullable(),
    closed_at: instantText.nullable(),
    exempt: exemptUse.nullable().meta({ description: "Why nothing is reserved although something was asked for." }),
    attempts: z.array(z.strictObject({ attempt: z.int().min(1), charged: amountText, figure: figureQuality, at: instantText })),
  })
  .meta({ id: "BudgetHold" });

/** With its parts, where it is out of several funds: the first of them is the reservation itself. */
export const holdDetail = holdView
  .extend({
    funds: z
      .array(z.strictObject({ account: accountName, hold_id: z.string().regex(UUID), amount: amountText, remaining: amountText, charged: amountText }))
      .meta({ description: "Every part of a reservation out of several funds, itself first; empty for one of its account alone." }),
  })
  .meta({ id: "BudgetHoldDetail" });

const placeHoldBody = z.strictObject({
  account: accountName,
  amount: positiveAmount,
  unit: moneyUnit.default("USD"),
  subject: lineText(1, 200),
  partition: lineText(1, 63).nullable().default(null),
  expires_at: instantText.nullable().default(null),
  until: instantText.nullable().default(null).meta({ description: "The latest moment the work can end: refused when the account ends before." }),
  formula: z.array(formulaTerm).max(32).default([]),
  expected: positiveAmount.nullable().default(null),
  quote: quoteId
    .nullable()
    .default(null)
    .meta({ description: "The quote whose price this is: the amount is the one that it promises, and the formula its own." }),
  charge_class: chargeClass.nullable().default(null).meta({ description: "Adds the indirect cost of this class; `amount` is the direct cost." }),
});

const holdGranted = z
  .strictObject({ hold_id: z.string().regex(UUID), amount: amountText, unit: moneyUnit, replayed: z.boolean(), exempt: exemptUse.nullable() })
  .meta({ id: "BudgetHoldGranted" });

const settleBody = z.strictObject({
  attempt: z.int().min(1).max(2_000_000_000),
  amount: positiveAmount,
  final: z.boolean().default(true),
  figure: figureQuality.default("metered"),
  at: instantText.optional(),
  note: lineText(0, 500).default(""),
  end_state: endState.optional().meta({ description: "How the attempt ended: what the refund policy gives back for it is refunded at once." }),
});

const settled = z
  .strictObject({
    charged: amountText,
    returned: amountText,
    overrun: amountText,
    refunded: amountText.meta({ description: "What the refund policy gave back of the charge." }),
    replayed: z.boolean(),
  })
  .meta({ id: "BudgetSettled" });

const releaseBody = z.strictObject({ at: instantText.optional(), note: lineText(0, 500).default("") });

const released = z.strictObject({ returned: amountText, replayed: z.boolean() }).meta({ id: "BudgetReleased" });

const tag = "budget";

export const holdRoutes = {
  listHolds: defineRoute({
    id: "budget.list-holds",
    method: "GET",
    path: "/api/v1/budget/holds",
    tag,
    access: "person",
    status: 200,
    summary: "Reservations, newest first",
    query: z.strictObject({
      account: accountName.optional(),
      state: holdState.optional(),
      person: personName.optional(),
      placed_before: instantText.optional(),
      ...numbersPage,
    }),
    reply: page(holdView),
    problems: ["budget.account-unknown"],
  }),
  showHold: defineRoute({
    id: "budget.show-hold",
    method: "GET",
    path: "/api/v1/budget/holds/:id",
    tag,
    access: "person",
    status: 200,
    summary: "One reservation with its formula, its charges and the funds it is out of",
    params: byId,
    reply: holdDetail,
    problems: ["budget.hold-unknown"],
  }),
  placeHold: defineRoute({
    id: "budget.place-hold",
    method: "POST",
    path: "/api/v1/budget/holds",
    tag,
    access: "person",
    status: 201,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Reserve money on an account",
    body: placeHoldBody,
    reply: holdGranted,
    problems: [
      ...COMMITMENT_REFUSED,
      "budget.account-unknown",
      "budget.indirect-unknown",
      "budget.quote-expired",
      "budget.quote-other",
      "budget.quote-unknown",
      "budget.quote-used",
      "budget.not-member",
      "budget.unit-mismatch",
      "idempotency.mismatch",
      "overloaded",
    ],
  }),
  settleHold: defineRoute({
    id: "budget.settle-hold",
    method: "POST",
    path: "/api/v1/budget/holds/:id/settle",
    tag,
    access: "admin",
    status: 200,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Charge what an attempt really cost, and give the rest back",
    params: byId,
    body: settleBody,
    reply: settled,
    problems: ["budget.hold-unknown", "budget.hold-closed", "budget.attempt-charged", "idempotency.mismatch", "overloaded"],
  }),
  releaseHold: defineRoute({
    id: "budget.release-hold",
    method: "POST",
    path: "/api/v1/budget/holds/:id/release",
    tag,
    access: "admin",
    status: 200,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Give a reservation back: nothing more will be charged to it",
    params: byId,
    body: releaseBody,
    reply: released,
    problems: ["budget.hold-unknown", "budget.hold-closed", "idempotency.mismatch", "overloaded"],
  }),
};

export type HoldDetail = z.output<typeof holdDetail>;
