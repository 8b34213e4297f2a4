import { z } from "zod";
import { defineRoute, NAME } from "#kernel";
import { amountText } from "#price/contract";
import { charged } from "../charge/contract.ts";
import { dayText } from "../award/contract.ts";
import { accountName, balanceFields, figureQuality, instantText, limit, lineText, page, positiveAmount } from "../wire-contract.ts";

/** The overhead account of a cluster: it pays what no job can be held for. */

const tag = "budget";
const clusterName = z.string().regex(NAME).meta({ description: "The cluster, e.g. alps." });
const overheadKind = z.enum(["failed-boot", "idle", "shared-rest", "untagged"]).meta({
  id: "BudgetOverheadKind",
  description: "Nodes that never booted, time that nodes wait for work, the rest of shared nodes, rows of the bill without a tag.",
});
const idleRule = z.strictObject({
  payer: z.enum(["overhead", "last-user", "shared"]).meta({ description: "Who pays the time that nodes wait for work." }),
  minutes: z.int().min(0).max(10_080).meta({ description: "How long a node waits before it powers down: ScaledownIdletime." }),
});
const alarm = z.int().min(10).max(100).meta({ description: "The alarm is raised at this many per cent of what is allocated, and cleared 5 below it." });

const overhead = z
  .strictObject({
    cluster: clusterName,
    account: accountName,
    alarm,
    idle_rule: idleRule,
    idle_sentence: z.string().meta({ description: "The rule in a sentence, for statements." }),
    ...balanceFields,
    used_percent: z.int().min(0).nullable().meta({ description: "Spent, reserved and leased of what is allocated; null while nothing is allocated." }),
    rings: z.boolean().meta({ description: "The alarm was raised and not cleared since." }),
    raised_at: instantText.nullable().meta({ description: "When it was raised last." }),
    cleared_at: instantText.nullable().meta({ description: "When it was cleared after that." }),
  })
  .meta({ id: "BudgetOverhead" });

const overheadMonth = overhead
  .extend({
    month_from: dayText.meta({ description: "The first day of the month, in UTC." }),
    month_by_kind: z
      .array(z.strictObject({ kind: overheadKind, charges: z.int().min(0), amount: amountText }))
      .meta({ description: "By date of service, less what was refunded or written off." }),
    month_total: amountText,
  })
  .meta({ id: "BudgetOverheadMonth" });

/** An alarm that rings, as a status shows it. */
export const overheadAlarm = z.strictObject({
  cluster: clusterName,
  account: accountName,
  alarm,
  used_percent: z.int().min(0).nullable(),
  raised_at: instantText,
});

export const setOverheadBody = z.strictObject({ account: accountName, alarm: alarm.default(80), idle_rule: idleRule, reason: lineText(1, 500) });
export const chargeOverheadBody = z.strictObject({
  kind: overheadKind,
  amount: positiveAmount,
  figure: figureQuality.default("billed"),
  at: instantText.optional().meta({ description: "When the service was given; without it, now." }),
  note: lineText(1, 500),
});

const byCluster = z.strictObject({ cluster: clusterName });
const admin = { tag, access: "admin", idempotent: true, method: "POST" } as const;

export const overheadRoutes = {
  listOverhead: defineRoute({
    id: "budget.list-overhead",
    method: "GET",
    path: "/api/v1/budget/overhead",
    tag,
    access: "person",
    status: 200,
    summary: "The overhead accounts of clusters that I can see",
    query: z.strictObject({ cursor: clusterName.optional(), limit }),
    reply: page(overhead),
    problems: [],
  }),
  showOverhead: defineRoute({
    id: "budget.show-overhead",
    method: "GET",
    path: "/api/v1/budget/overhead/:cluster",
    tag,
    access: "person",
    status: 200,
    summary: "The overhead account of a cluster: its alarm, its rule of idle tails, and what this month came to by kind",
    params: byCluster,
    reply: overheadMonth,
    problems: ["budget.overhead-unset"],
  }),
  setOverhead: defineRoute({
    ...admin,
    id: "budget.set-overhead",
    path: "/api/v1/budget/overhead/:cluster",
    status: 200,
    summary: "Name the overhead account of a cluster, its alarm, and who pays idle tails",
    params: byCluster,
    body: setOverheadBody,
    reply: overhead,
    problems: ["budget.account-unknown", "budget.overhead-kind", "idempotency.mismatch"],
  }),
  chargeOverhead: defineRoute({
    ...admin,
    id: "budget.charge-overhead",
    path: "/api/v1/budget/overhead/:cluster/charges",
    status: 201,
    answeredFrom: "journal",
    summary: "Charge the overhead account of a cluster; beyond its allocation it posts as overrun",
    params: byCluster,
    body: chargeOverheadBody,
    reply: charged.extend({ account: accountName }).meta({ id: "BudgetOverheadCharged" }),
    problems: ["budget.overhead-unset", "idempotency.mismatch", "overloaded"],
  }),
};

export type OverheadView = z.output<typeof overhead>;
export type OverheadAlarm = z.output<typeof overheadAlarm>;
