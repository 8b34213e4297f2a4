import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText, lineText, moneyUnit } from "#price/contract";
import { byName, chargeClass, figureQuality, instantText, personName, positiveAmount } from "../wire-contract.ts";

/** What the ledger itself says of a charge in its detail. */
const LEDGERS_OWN = new Set(["late", "advance", "addressed", "hold", "class", "indirect", "award", "base", "of", "overhead"]);

export const chargeBody = z.strictObject({
  amount: positiveAmount,
  unit: moneyUnit.default("USD"),
  subject: lineText(1, 200).meta({ description: "What was paid for, e.g. cluster:alps/head-node." }),
  person: personName.optional().meta({ description: "Whose limit it counts against; without it, whoever asks." }),
  partition: lineText(1, 63).nullable().default(null),
  figure: figureQuality.default("billed"),
  at: instantText.optional().meta({ description: "When the service was given; without it, now." }),
  note: lineText(1, 500),
  charge_class: chargeClass
    .nullable()
    .default(null)
    .meta({ description: "Adds the indirect cost of this class, as a charge of its own, by the rate of the account's award." }),
  detail: z
    .record(
      z.string().refine((name) => !LEDGERS_OWN.has(name), "is a name that the ledger uses itself"),
      z.json(),
    )
    .nullable()
    .default(null)
    .meta({ description: "Facts that are kept with it, at most 16,384 characters." }),
});

export const charged = z
  .strictObject({
    transaction: z.string().regex(/^\d+$/).meta({ description: "Its number in the journal: a refund names it." }),
    charged: amountText,
    unit: moneyUnit,
    overrun: amountText.meta({ description: "What no limit covered, at the level where that is most." }),
    replayed: z.boolean(),
  })
  .meta({ id: "BudgetCharged" });

export const chargeRoutes = {
  charge: defineRoute({
    id: "budget.charge",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/charges",
    tag: "budget",
    access: "admin",
    status: 201,
    idempotent: true,
    answeredFrom: "journal",
    summary: "Charge what was never reserved: it always posts, beyond a limit as overrun",
    params: byName,
    body: chargeBody,
    reply: charged,
    problems: ["budget.account-unknown", "budget.indirect-unknown", "budget.unit-mismatch", "idempotency.mismatch", "overloaded"],
  }),
};
