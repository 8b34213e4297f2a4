import { z } from "zod";
import { lineText } from "#price/contract";
import { alertRoutes } from "./alert-contract.ts";
import { accountName, dollars, dollarsIn, grantNumber, instantOut, momentIn, reconcileReply, word } from "./wire-contract.ts";
import { siblingRoutes } from "./sibling-contract.ts";
import { defineRoute, parseMicros, parseTimeLimit, UUID } from "#kernel";

/**
 * The routes of asbb (aws-slurm-burst-budget) under their own names and in their own shapes, so that programs written for it go on. Views of the budget room: nothing is kept twice. Amounts are
 * dollars as JSON numbers, as they were; below a billion they are exact to the micro-dollar, above it they are refused.
 */

const tag = "asbb";

const wallTime = z
  .string()
  .max(40)
  .superRefine((text, context) => {
    const limit = parseTimeLimit(text);
    if (limit === undefined)
      context.addIssue({ code: "custom", message: "is not a time limit as Slurm reads it, e.g. 2:00:00 or 1-00:00:00", params: { code: "value.time" } });
    else if (limit.kind !== "limited")
      context.addIssue({ code: "custom", message: "a job without a time limit has no most that it can cost: give one", params: { code: "value.time" } });
  });

export const checkBody = z.object({
  account: accountName,
  partition: z.string().min(1).max(63),
  nodes: z.int().min(1).max(100_000),
  cpus: z.int().min(1).max(1_000_000).meta({ description: "Cores of each node." }),
  gpus: z.int().min(0).max(100_000).default(0).meta({ description: "GPUs of the whole job." }),
  memory: z.string().max(40).optional(),
  wall_time: wallTime,
  job_script: z.string().max(500_000).optional(),
  user_id: z
    .union([z.string().max(200), z.int()])
    .optional()
    .meta({ description: "For whom. Only administrators ask for others; a number is not a name." }),
  job_details: z.record(z.string(), z.unknown()).optional(),
});

const checkReply = z
  .strictObject({
    available: z.boolean(),
    estimated_cost: dollars,
    hold_amount: dollars.meta({ description: "What was reserved; 0 when nothing was." }),
    transaction_id: z.string().meta({ description: "Of the reservation; empty when there is none." }),
    message: z.string(),
    budget_remaining: dollars,
    recommendation: z.string(),
    details: z.strictObject({
      account_balance: dollars.meta({ description: "What the account has left that is not reserved." }),
      current_hold: dollars,
      partition_used: dollars.nullable(),
      partition_limit: dollars.nullable().meta({ description: "Null: the account has none for this partition." }),
      hold_percentage: z.number(),
      advisor_confidence: z.number().nullable().meta({ description: "Null: no advisor was asked." }),
      price: z.enum(["rates", "fallback"]).meta({ description: "By recorded rates, or by asbb's fallback formula: then everything is estimated." }),
    }),
  })
  .meta({ id: "AsbbCheck" });

export const reconcileBody = z.object({
  job_id: word,
  actual_cost: dollarsIn,
  transaction_id: z.string().regex(UUID),
  job_metadata: z.record(z.string(), z.unknown()).optional(),
});

const account = z
  .strictObject({
    id: z.string(),
    slurm_account: z.string(),
    name: z.string(),
    description: z.string(),
    budget_limit: dollars,
    budget_used: dollars,
    budget_held: dollars,
    has_incremental_budget: z.boolean(),
    next_allocation_date: z.string().nullable(),
    total_allocated: dollars,
    start_date: instantOut.nullable(),
    end_date: instantOut.nullable(),
    status: z.enum(["active", "inactive", "suspended", "expired"]),
    created_at: instantOut,
    updated_at: instantOut,
  })
  .meta({ id: "AsbbAccount" });

export const createBody = z.object({
  slurm_account: accountName,
  name: lineText(1, 90),
  description: z
    .union([z.literal(""), lineText(1, 100)])
    .optional()
    .meta({ description: "Stands in the account's title behind its name." }),
  budget_limit: dollarsIn,
  start_date: momentIn,
  end_date: momentIn,
  has_incremental_budget: z
    .literal(false)
    .default(false)
    .meta({ description: "Money that comes in parts is that of an award here: POST /api/v1/budget/awards." }),
});

/** What it does not name is not changed here, and not taken either: an account keeps its title. */
export const updateBody = z.strictObject({
  budget_limit: dollarsIn.optional().meta({ description: "The difference is allocated, or taken back where it is free." }),
  start_date: momentIn.optional(),
  end_date: momentIn.optional(),
  status: z.enum(["active", "inactive", "suspended"]).optional(),
});

const optionalLine = lineText(1, 200).optional();
const dayIn = z.iso.date();

const GRANT_DAYS_MAX = 18_262;

export const createGrantBody = z
  .strictObject({
    grant_number: grantNumber,
    agency: lineText(1, 200),
    pi: lineText(1, 200),
    amount: dollarsIn,
    start_date: dayIn,
    end_date: dayIn.meta({ description: "The last day that belongs to it." }),
    title: optionalLine.meta({ description: "Without it, the number." }),
    period_months: z.int().min(1).max(120).default(12),
    indirect_rate: z
      .union([z.number(), z.string().max(20)])
      .optional()
      .meta({
        description:
          "The indirect cost of computing as a part of one, e.g. 0.30; without it nobody has decided, and such costs are refused once an award needs them.",
      }),
    account: accountName.optional().meta({ description: "The account that spends it; without it one is opened, called after the grant." }),
    program: optionalLine,
    co_pi: optionalLine,
    institution: optionalLine,
    department: optionalLine,
    federal_id: optionalLine,
    project: optionalLine,
    cost_center: optionalLine,
  })
  .superRefine(({ start_date: from, end_date: to, indirect_rate: rate }, context) => {
    if (to < from) context.addIssue({ code: "custom", path: ["end_date"], message: `must not be before start_date, ${from}`, params: { code: "value.range" } });
    else if (Date.parse(to) - Date.parse(from) >= GRANT_DAYS_MAX * 86_400_000)
      context.addIssue({ code: "custom", path: ["end_date"], message: "a grant runs for 50 years at most", params: { code: "value.range" } });
    const part = rate === undefined ? 0n : parseMicros(String(rate));
    if (part === undefined || part < 0n || part > 2_000_000n)
      context.addIssue({
        code: "custom",
        path: ["indirect_rate"],
        message: "is a part of one with at most six decimals, 2 at most",
        params: { code: "value.range" },
      });
  });

export const createAllocationBody = z.strictObject({
  grant_number: grantNumber,
  amount: dollarsIn.refine((given) => parseMicros(String(given)) !== 0n, { message: "must be more than 0", params: { code: "value.range" } }),
  due_date: dayIn.meta({ description: "The day on which it is released by itself." }),
  description: lineText(1, 200).default("allocation"),
});

const byAccount = z.strictObject({ account: accountName });
const common = { tag, errors: "asbb" } as const;
const PAGE = { limit: z.coerce.number().int().min(1).max(1000).default(100), offset: z.coerce.number().int().min(0).max(1_000_000).default(0) };

export const asbbRoutes = {
  ...alertRoutes,
  ...siblingRoutes,
  check: defineRoute({
    ...common,
    id: "asbb.check",
    method: "POST",
    path: "/api/v1/budget/check",
    access: "person",
    status: 200,
    idempotent: true,
    keyless: "new-request",
    answeredFrom: "journal",
    summary: "Reserve the most a job can cost, or say why not: insufficient budget is 200 with available false",
    body: checkBody,
    reply: checkReply,
    problems: [
      "budget.account-unknown",
      "budget.frozen",
      "budget.approval-needed",
      "budget.stopped",
      "budget.closed",
      "budget.ended",
      "budget.not-started",
      "budget.crosses-end",
    ],
  }),
  reconcile: defineRoute({
    ...common,
    id: "asbb.reconcile",
    method: "POST",
    path: "/api/v1/budget/reconcile",
    access: "admin",
    status: 200,
    idempotent: true,
    keyless: "same-body",
    answeredFrom: "journal",
    summary: "Charge a reservation what the job did cost, and give the rest back; the same again changes nothing",
    body: reconcileBody,
    reply: reconcileReply,
    problems: ["budget.hold-unknown", "budget.hold-closed", "budget.attempt-charged"],
  }),
  listAccounts: defineRoute({
    ...common,
    id: "asbb.list-accounts",
    method: "GET",
    path: "/api/v1/accounts",
    access: "person",
    status: 200,
    summary: "The accounts I can see",
    query: z.strictObject(PAGE),
    reply: z.array(account),
    problems: [],
  }),
  showAccount: defineRoute({
    ...common,
    id: "asbb.show-account",
    method: "GET",
    path: "/api/v1/accounts/:account",
    access: "person",
    status: 200,
    summary: "One account",
    params: byAccount,
    reply: account,
    problems: ["budget.account-unknown"],
  }),
  createAccount: defineRoute({
    ...common,
    id: "asbb.create-account",
    method: "POST",
    path: "/api/v1/accounts",
    access: "admin",
    status: 201,
    idempotent: true,
    keyless: "same-body",
    answeredFrom: "journal",
    summary: "Open an account with its budget",
    body: createBody,
    reply: account,
    problems: ["budget.account-exists"],
  }),
  updateAccount: defineRoute({
    ...common,
    id: "asbb.update-account",
    method: "PUT",
    path: "/api/v1/accounts/:account",
    access: "admin",
    status: 200,
    summary: "Change an account's dates, status and budget",
    params: byAccount,
    body: updateBody,
    reply: account,
    problems: ["budget.account-unknown"],
  }),
  createGrant: defineRoute({
    ...common,
    id: "asbb.create-grant",
    method: "POST",
    path: "/api/v1/grants",
    access: "admin",
    status: 201,
    idempotent: true,
    keyless: "same-body",
    answeredFrom: "journal",
    summary: "Record a grant and the account that spends it; its money comes by allocations",
    body: createGrantBody,
    reply: z
      .strictObject({
        grant_number: grantNumber,
        account: accountName,
        amount: dollars,
        start_date: z.string(),
        end_date: z.string(),
        indirect_rate: z.number().nullable(),
      })
      .meta({ id: "AsbbGrantMade" }),
    problems: ["budget.award-exists", "budget.account-exists", "budget.account-unknown"],
  }),
  createAllocation: defineRoute({
    ...common,
    id: "asbb.create-allocation",
    method: "POST",
    path: "/api/v1/allocations",
    access: "admin",
    status: 201,
    idempotent: true,
    keyless: "same-body",
    answeredFrom: "journal",
    summary: "Put a part of a grant's money on its schedule; the worker releases it on its day",
    body: createAllocationBody,
    reply: z
      .strictObject({ id: z.string(), grant_number: grantNumber, amount: dollars, due_date: z.string().nullable(), status: z.enum(["pending", "completed"]) })
      .meta({ id: "AsbbAllocationMade" }),
    problems: ["budget.award-unknown", "budget.award-exceeded"],
  }),
  processAllocations: defineRoute({
    ...common,
    id: "asbb.process-allocations",
    method: "POST",
    path: "/api/v1/allocations/process",
    access: "admin",
    status: 200,
    idempotent: true,
    keyless: "new-request",
    answeredFrom: "journal",
    summary: "Release now what is due; the worker does it by itself every minute",
    reply: z.strictObject({ processed: z.int() }).meta({ id: "AsbbProcessed" }),
    problems: [],
  }),
  deleteAccount: defineRoute({
    ...common,
    id: "asbb.delete-account",
    method: "DELETE",
    path: "/api/v1/accounts/:account",
    access: "admin",
    status: 200,
    summary: "Close an account; its ledger stays",
    params: byAccount,
    reply: account,
    problems: ["budget.account-unknown"],
  }),
};

export const asbbErrorShape = z
  .strictObject({
    error: z.strictObject({
      code: z.string().meta({ description: "VALIDATION_ERROR, NOT_FOUND, INSUFFICIENT_BUDGET..." }),
      message: z.string(),
      details: z.string().meta({ description: "Headgate's own code of the problem, and what to do." }),
      field: z.string().meta({ description: "The first place that is wrong; empty when it is none." }),
    }),
    request_id: z.string(),
    timestamp: instantOut,
  })
  .meta({ id: "AsbbError" });

export type AsbbError = z.output<typeof asbbErrorShape>;
export type AsbbAccount = z.output<typeof account>;
export type AsbbGrantAsk = z.output<typeof createGrantBody>;
export type AsbbCheckAsk = z.output<typeof checkBody>;
export type AsbbCheck = z.output<typeof checkReply>;
