import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { amountText, formulaTerm } from "#price/contract";
import { accountText, instantText, moneyUnit } from "../wire-contract.ts";

/** A balance of any moment, and why something was charged. */

const tag = "report";

const balanceAt = z
  .strictObject({
    account: accountText,
    unit: moneyUnit,
    at: instantText,
    as_of: instantText.nullable().meta({ description: "When the last movement of the journal up to then was booked; null before the first." }),
    allocated: amountText,
    spent: amountText,
    reserved: amountText,
    leased: amountText,
    overrun: amountText,
    free: amountText.meta({ description: "allocated - spent - reserved - leased." }),
  })
  .meta({ id: "BalanceAt" });

const entry = z.strictObject({ account: z.string(), from: z.string(), to: z.string(), amount: amountText });

const chargeWhy = z
  .strictObject({
    job: z.strictObject({ number: z.string(), name: z.string() }).nullable(),
    person: z.string(),
    subject: z.string(),
    unit: moneyUnit,
    charged: amountText.meta({ description: "With indirect cost, to whichever account." }),
    given_back: amountText.meta({ description: "Refunds and what was written off." }),
    net: amountText,
    holds: z
      .array(
        z.strictObject({
          id: z.string().regex(UUID),
          account: accountText,
          reserved: amountText,
          charged: amountText,
          still_reserved: amountText,
          state: z.string(),
          formula: z.array(formulaTerm).meta({ description: "What the reservation was worked out from, term by term." }),
          formula_words: z.string(),
        }),
      )
      .meta({ description: "One as a rule; one for each fund where several pay." }),
    movements: z.array(
      z.strictObject({
        transaction: z.string(),
        booked_at: instantText,
        served_at: instantText,
        kind: z.string(),
        account: accountText,
        person: z.string().meta({ description: "Who did it." }),
        source: z.string(),
        why: z.string(),
        figure: z.string().nullable(),
        amount: amountText,
        entries: z.array(entry),
      }),
    ),
  })
  .meta({ id: "ChargeWhy" });

export const lookRoutes = {
  balanceAt: defineRoute({
    id: "report.balance",
    method: "GET",
    path: "/api/v1/reports/balances/:account",
    tag,
    access: "person",
    status: 200,
    summary: "The balance of an account as of any moment",
    params: z.strictObject({ account: accountText }),
    query: z.strictObject({ at: instantText.optional().meta({ description: "Without it, now." }) }),
    reply: balanceAt,
    problems: ["budget.account-unknown"],
  }),
  why: defineRoute({
    id: "report.why",
    method: "GET",
    path: "/api/v1/reports/why/:reference",
    tag,
    access: "person",
    status: 200,
    summary: "Why a job or a reservation was charged, entry by entry",
    params: z.strictObject({ reference: z.string().regex(new RegExp(`^([1-9]\\d{0,17}|${UUID.source.replaceAll(/[\^$]/g, "")})$`)) }),
    reply: chargeWhy,
    problems: ["budget.hold-unknown"],
  }),
};

export type BalanceAt = z.output<typeof balanceAt>;
export type ChargeWhy = z.output<typeof chargeWhy>;
