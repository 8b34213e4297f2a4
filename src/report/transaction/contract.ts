import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText } from "#price/contract";
import { accountText, instantText, moneyUnit } from "../wire-contract.ts";

/** Movements under the names that asbb's documents gave them. A view only; nothing is kept twice. */

export const OLD_TYPES = ["hold", "charge", "refund", "adjustment", "allocation"] as const;
export const OLD_STATUSES = ["pending", "completed", "failed", "cancelled"] as const;

const oldTransaction = z
  .strictObject({
    id: z.string().meta({ description: "Its number in the journal." }),
    account_id: accountText,
    job_id: z.string().nullable(),
    transaction_id: z.string().meta({ description: "Its idempotency key." }),
    hold_id: z.string().nullable(),
    type: z.enum(OLD_TYPES).meta({ description: "What is given back unused is a refund, as asbb has it." }),
    amount: amountText,
    unit: moneyUnit,
    description: z.string(),
    person: z.string(),
    status: z.enum(OLD_STATUSES).meta({
      description:
        "A reservation is pending while it is open and cancelled when nothing was charged; whatever else is booked is completed, and nothing is ever failed.",
    }),
    created_at: instantText,
    completed_at: instantText.nullable(),
  })
  .meta({ id: "OldTransaction" });

export const transactionRoutes = {
  listTransactions: defineRoute({
    id: "report.list-transactions",
    method: "GET",
    path: "/api/v1/transactions",
    tag: "report",
    access: "person",
    status: 200,
    summary: "Movements of an account in asbb's words, newest first",
    query: z.strictObject({
      account: accountText.optional().meta({ description: "Without it, my default." }),
      job_id: z
        .string()
        .regex(/^[1-9]\d{0,17}$/)
        .optional(),
      type: z.enum(OLD_TYPES).optional(),
      status: z.enum(OLD_STATUSES).optional(),
      start_date: instantText.optional(),
      end_date: instantText.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    reply: z.strictObject({ transactions: z.array(oldTransaction), limit: z.int(), offset: z.int(), more: z.boolean() }),
    problems: ["budget.account-unknown"],
  }),
  showTransaction: defineRoute({
    id: "report.show-transaction",
    method: "GET",
    path: "/api/v1/transactions/:id",
    tag: "report",
    access: "person",
    status: 200,
    summary: "One movement in asbb's words",
    params: z.strictObject({ id: z.string().regex(/^[1-9]\d{0,17}$/) }),
    reply: oldTransaction,
    problems: ["budget.charge-unknown"],
  }),
};

export type OldTransaction = z.output<typeof oldTransaction>;
