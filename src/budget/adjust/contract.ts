import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, lineText } from "#price/contract";
import { accountName, instantText, personName, positiveAmount } from "../wire-contract.ts";

const mending = {
  mends: z
    .string()
    .regex(/^\d{1,18}$/)
    .meta({ description: "The number of the settlement or charge in the journal." }),
  amount: positiveAmount,
  reason: lineText(1, 500),
  approver: personName.meta({ description: "Who decided it." }),
  at: instantText.optional(),
};

export const adjustBody = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("refund"), ...mending }),
  z.strictObject({ kind: z.literal("write-off"), bearer: accountName.meta({ description: "The account that bears the loss." }), ...mending }),
]);

export const adjusted = z
  .strictObject({
    transaction: z.string().regex(/^\d+$/),
    covered: amountText.meta({ description: "By how much the overrun of a level was lowered, at most." }),
    overrun: amountText.meta({ description: "What bearing the loss overran, at the level where that is most." }),
    replayed: z.boolean(),
  })
  .meta({ id: "BudgetAdjusted" });

export const adjustRoutes = {
  adjust: defineRoute({
    id: "budget.adjust",
    method: "POST",
    path: "/api/v1/budget/adjustments",
    tag: "budget",
    access: "admin",
    status: 201,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Refund a charge, or have another account bear it",
    body: adjustBody,
    reply: adjusted,
    problems: ["budget.charge-unknown", "budget.refund-exceeds", "budget.account-unknown", "budget.unit-mismatch", "idempotency.mismatch", "overloaded"],
  }),
};
