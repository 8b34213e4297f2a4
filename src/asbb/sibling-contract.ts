import { z } from "zod";
import { END_STATES } from "#budget/contract";
import { defineRoute, UUID } from "#kernel";
import { accountName, dollars, dollarsIn, grantNumber, instantOut, reconcileReply, word } from "./wire-contract.ts";

/**
 * What asbb's siblings ask of it: ASBX (aws-slurm-burst) tells what jobs did cost, ASBA (the advisor) asks what an account can afford. asbb's documents name these routes and leave their fields open;
 * these are ours, after the job cost record of ASBX. More fields than are named here may be sent; they are not kept.
 */

const common = { tag: "asbb", errors: "asbb", status: 200 } as const;

/** The state that Slurm gives, which may have more behind it: `CANCELLED by 1000`. Null: none of those that a refund policy knows. */
export function endStateOf(text: string): (typeof END_STATES)[number] | null {
  const word = /^[A-Za-z_]+/.exec(text)?.[0].toUpperCase();
  return END_STATES.find((state) => state === word) ?? null;
}

export const costRecordBody = z
  .object({
    job_id: word,
    budget_transaction_id: z.string().regex(UUID).meta({ description: "What the check answered as transaction_id." }),
    actual_cost: dollarsIn,
    job_state: z.string().max(100).optional().meta({ description: "How it ended, in Slurm's words: what the refund policy says for it is given back." }),
    completed_at: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ description: "A job cost record of ASBX." });

const record = {
  ...common,
  method: "POST",
  access: "admin",
  idempotent: true,
  keyless: "same-body",
  answeredFrom: "journal",
  body: costRecordBody,
  reply: reconcileReply,
  problems: ["budget.hold-unknown", "budget.hold-closed", "budget.attempt-charged"],
} as const;

const read = { ...common, access: "person", method: "POST" } as const;

export const budgetStatusBody = z.strictObject({ account: accountName });
export const affordabilityBody = z.strictObject({ account: accountName, estimated_cost: dollarsIn });
export const timelineBody = z.strictObject({ grant_number: grantNumber });

const day = z.string();
const paceFields = {
  budget: dollars,
  spent: dollars,
  expected: dollars.nullable().meta({ description: "What spending evenly would have spent by the end of today." }),
  average_7_days: dollars,
  average_30_days: dollars,
  health_score: z.int().nullable(),
  status: z.string(),
};

export const siblingRoutes = {
  burstStatus: defineRoute({
    ...common,
    id: "asbb.asbx-status",
    method: "GET",
    path: "/api/v1/asbx/status",
    access: "admin",
    summary: "What jobs have reserved and nobody has settled yet",
    reply: z
      .strictObject({
        status: z.literal("ok"),
        open_holds: z.int(),
        held: dollars,
        oldest_open: instantOut.nullable().meta({ description: "Since when the oldest of them is open." }),
        last_settled: instantOut.nullable(),
      })
      .meta({ id: "AsbbBurstStatus" }),
    problems: [],
  }),
  burstReconcile: defineRoute({
    ...record,
    id: "asbb.asbx-reconcile",
    path: "/api/v1/asbx/reconcile",
    summary: "Charge what a job did cost, by ASBX's record of it; the same again changes nothing",
  }),
  burstEpilog: defineRoute({
    ...record,
    id: "asbb.asbx-epilog",
    path: "/api/v1/asbx/epilog",
    summary: "The same at a job's end; a record that came by both roads is charged once",
  }),
  budgetStatus: defineRoute({
    ...read,
    id: "asbb.asba-budget-status",
    path: "/api/v1/asba/budget-status",
    summary: "What an account has, has spent, has reserved and can still commit",
    body: budgetStatusBody,
    reply: z
      .strictObject({
        account: accountName,
        status: z.enum(["active", "inactive", "suspended", "expired"]),
        budget_limit: dollars,
        budget_used: dollars,
        budget_held: dollars,
        budget_available: dollars.meta({ description: "What it can commit now, by every level above it." }),
        start_date: instantOut.nullable(),
        end_date: instantOut.nullable(),
      })
      .meta({ id: "AsbbBudgetStatus" }),
    problems: ["budget.account-unknown"],
  }),
  affordabilityCheck: defineRoute({
    ...read,
    id: "asbb.asba-affordability",
    path: "/api/v1/asba/affordability-check",
    summary: "Whether an account could commit an amount now; nothing is reserved",
    body: affordabilityBody,
    reply: z
      .strictObject({
        account: accountName,
        affordable: z.boolean(),
        estimated_cost: dollars,
        budget_available: dollars,
        shortfall: dollars.meta({ description: "What is missing; 0 when nothing is." }),
        message: z.string(),
      })
      .meta({ id: "AsbbAffordability" }),
    problems: ["budget.account-unknown"],
  }),
  grantTimeline: defineRoute({
    ...read,
    id: "asbb.asba-grant-timeline",
    path: "/api/v1/asba/grant-timeline",
    summary: "How far a grant has come, in days and in dollars",
    body: timelineBody,
    reply: z
      .strictObject({ grant_number: grantNumber, account: accountName, start_date: day, end_date: day, days_total: z.int(), days_left: z.int(), ...paceFields })
      .meta({ id: "AsbbGrantTimeline" }),
    problems: ["budget.award-unknown"],
  }),
  burstDecision: defineRoute({
    ...read,
    id: "asbb.asba-burst-decision",
    path: "/api/v1/asba/burst-decision",
    summary: "Whether work should run here or on AWS: nothing here decides that yet",
    body: z.looseObject({ account: accountName }),
    reply: z.strictObject({}).meta({ id: "AsbbBurstDecision" }),
    problems: ["not-yet"],
  }),
  grantReports: defineRoute({
    ...common,
    id: "asbb.grant-reports",
    method: "GET",
    path: "/api/v1/grants/:number/reports",
    access: "person",
    summary: "A grant by its budget periods, as the journal has it: one period, or all of them",
    params: z.strictObject({ number: grantNumber }),
    query: z.strictObject({ type: z.enum(["annual", "financial"]).default("annual"), period: z.coerce.number().int().min(1).max(600).optional() }),
    reply: z
      .strictObject({
        grant_number: grantNumber,
        type: z.enum(["annual", "financial"]).meta({ description: "annual: each period; financial: their sum." }),
        account: accountName,
        agency: z.string(),
        pi: z.string(),
        start_date: day,
        end_date: day,
        award: dollars,
        spent: dollars.meta({ description: "Of the periods told here, by date of service." }),
        periods: z.array(z.strictObject({ period: z.int(), start_date: day, end_date: day, spent: dollars })),
        as_of: instantOut,
      })
      .meta({ id: "AsbbGrantReport" }),
    problems: ["budget.award-unknown"],
  }),
  healthScore: defineRoute({
    ...common,
    id: "asbb.health-score",
    method: "GET",
    path: "/api/v1/analytics/health-score",
    access: "person",
    summary: "How well accounts keep to what is expected of them, the worst first",
    query: z.strictObject({ account: accountName.optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
    reply: z
      .strictObject({
        health_score: z.int().nullable().meta({ description: "The lowest of them; null when none has a period to be judged by." }),
        accounts: z.array(
          z.strictObject({ account: accountName, health_score: z.int().nullable(), status: z.string(), variance_percent: z.number().nullable() }),
        ),
      })
      .meta({ id: "AsbbHealth" }),
    problems: ["budget.account-unknown"],
  }),
};

export type CostRecord = z.output<typeof costRecordBody>;
