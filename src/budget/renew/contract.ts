import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, formulaTerm, lineText } from "#price/contract";
import { byId, COMMITMENT_REFUSED, instantText, positiveAmount } from "../wire-contract.ts";

export const renewBody = z
  .strictObject({
    amount: positiveAmount.nullable().default(null).meta({ description: "The new total; more is limited like a new reservation, less always goes." }),
    expires_at: instantText.nullable().default(null),
    until: instantText.nullable().default(null).meta({ description: "The latest moment the work can end." }),
    formula: z.array(formulaTerm).max(32).default([]),
    note: lineText(1, 500),
  })
  .refine((body) => body.amount !== null || body.expires_at !== null, "names neither an amount nor an expires_at");

export const renewed = z
  .strictObject({ amount: amountText, returned: amountText, expires_at: instantText.nullable(), replayed: z.boolean() })
  .meta({ id: "BudgetRenewed" });

export const renewRoutes = {
  renewHold: defineRoute({
    id: "budget.renew-hold",
    method: "POST",
    path: "/api/v1/budget/holds/:id/renew",
    tag: "budget",
    access: "admin",
    status: 200,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Change an open reservation: until when it stands, and how much it is",
    params: byId,
    body: renewBody,
    reply: renewed,
    problems: ["budget.hold-unknown", "budget.hold-closed", ...COMMITMENT_REFUSED, "idempotency.mismatch", "overloaded"],
  }),
};
