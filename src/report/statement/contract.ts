import { z } from "zod";
import { defineRoute, UUID } from "#kernel";
import { amountText } from "#price/contract";
import { accountText, dayText, instantText, moneyUnit, monthText, zoneText } from "../wire-contract.ts";

/** Statements: a month of an account or an award as the journal booked it, so that one that was filed never changes. */

export const SECTIONS = ["allocation", "job", "standing", "overhead", "indirect", "loss", "other", "refund", "write-off"] as const;
export type Section = (typeof SECTIONS)[number];

const balance = z.strictObject({
  allocated: amountText,
  spent: amountText,
  left: amountText.meta({ description: "allocated - spent: what the lines add up to." }),
  reserved: amountText,
  leased: amountText,
  overrun: amountText,
  free: amountText.meta({ description: "left - reserved - leased." }),
});

const statement = z
  .strictObject({
    number: z.string().meta({ description: "The same for the same account, month and zone." }),
    account: accountText,
    title: z.string(),
    award: z
      .strictObject({
        number: z.string(),
        agency: z.string(),
        title: z.string(),
        pi: z.string(),
        starts_on: z.string(),
        ends_on: z.string(),
        total: amountText,
        rates: z.array(
          z.strictObject({
            class: z.string(),
            percent: z.string().meta({ description: "Of the direct cost." }),
            exempt: z.string().nullable(),
            dated: z.string(),
            agreement: z.string(),
          }),
        ),
      })
      .nullable(),
    unit: moneyUnit,
    zone: zoneText,
    from: dayText,
    to: dayText,
    starts_at: instantText,
    ends_at: instantText,
    complete: z.boolean().meta({ description: "False while the month is not over: more can come." }),
    prepared_by: z.string(),
    as_of: instantText.nullable().meta({ description: "When the last batch of the journal that it covers was booked; null before the first." }),
    seal: z.string().nullable().meta({ description: "The hash of that batch: headgate db verify proves that the journal up to it is what it was." }),
    opening: balance,
    closing: balance,
    sums: z
      .array(z.strictObject({ section: z.enum(SECTIONS), lines: z.int(), amount: amountText }))
      .meta({ description: "What each section adds to what is left: costs are negative." }),
    reserved: z.strictObject({
      count: z.int(),
      amount: amountText,
      holds: z.array(z.strictObject({ id: z.string().regex(UUID), account: accountText, person: z.string(), subject: z.string(), amount: amountText })),
    }),
    idle_rules: z.array(z.string()).meta({ description: "Who pays nodes that wait for work." }),
    lines: z.array(
      z.strictObject({
        number: z.string().regex(/^\d+$/),
        booked_at: instantText,
        served_at: instantText.meta({ description: "When the service was given; earlier than the month for what came late." }),
        section: z.enum(SECTIONS),
        account: accountText,
        person: z.string(),
        job: z.string().nullable(),
        what: z.string(),
        why: z.string(),
        amount: amountText,
      }),
    ),
  })
  .meta({ id: "Statement" });

const read = { method: "GET", tag: "report", access: "person", status: 200, reply: statement } as const;
const query = z.strictObject({ month: monthText.optional(), zone: zoneText.default("UTC") });

export const statementRoutes = {
  accountStatement: defineRoute({
    ...read,
    id: "report.account-statement",
    path: "/api/v1/reports/statements/account/:account",
    summary: "A month of an account and all below it, as the journal booked it",
    params: z.strictObject({ account: accountText }),
    query,
    problems: ["budget.account-unknown", "access.forbidden", "value.range"],
  }),
  awardStatement: defineRoute({
    ...read,
    id: "report.award-statement",
    path: "/api/v1/reports/statements/award/:number",
    summary: "A month of an award, with its indirect cost, as the journal booked it",
    params: z.strictObject({ number: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/) }),
    query,
    problems: ["budget.award-unknown", "access.forbidden", "value.range"],
  }),
};

export type Statement = z.output<typeof statement>;
