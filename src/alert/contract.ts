import { z } from "zod";
import { accountName, instantText } from "#budget/contract";
import { defineRoute } from "#kernel";
import { lineText, moneyUnit } from "#price/contract";

/** Rules on what accounts spend, what rang by them, and whether the messages about it arrived. */

const tag = "budget";
const RULES_PAGE_MAX = 500;

export const alertMeasure = z.enum(["spent", "committed", "projected", "runs-out", "anomaly"]).meta({
  id: "AlertMeasure",
  description:
    "spent, committed: per cent of what is allocated, in the second with what is reserved and leased. projected: per cent of it that will be spent by the end, by the median of the forecast. runs-out: days until the money runs out, by its median. anomaly: how far a day's spending lies above the account's usual day, in its usual spread.",
});
export const alertAction = z.enum(["notify", "approval", "stop", "hold"]).meta({
  id: "AlertAction",
  description:
    "notify: tell. approval: tell, and nothing new until somebody who manages the account lets it go on. stop: the same until an administrator does. hold: and jobs that have not started stay queued.",
});
export const alertSeverity = z.enum(["info", "warning", "critical"]).meta({ id: "AlertSeverity" });
const destination = z
  .string()
  .max(320)
  .regex(/^(webhook|slack|mail:[^\s@<>,;"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/)
  .meta({ description: "webhook, slack, or mail: and an address. Where the first two are, and the mail server, an administrator says in the settings." });
const destinations = z.array(destination).max(10);
const reason = lineText(1, 500);
const alertNumber = z.string().regex(/^[1-9]\d{0,17}$/);
const byNumber = z.strictObject({ number: alertNumber });
const byName = z.strictObject({ name: accountName });
const threshold = z.int().min(1).max(1000);

const ruleAction = z.enum([...alertAction.options, "off"]).meta({ id: "AlertRuleAction" });

const ruleView = z
  .strictObject({
    account: accountName,
    measure: alertMeasure,
    threshold,
    margin: z.int().meta({ description: "It can ring again once the measure is so far below the threshold; for days above it." }),
    action: ruleAction,
    severity: alertSeverity,
    destinations: z.array(z.string()),
    ringing: alertNumber.nullable().meta({ description: "The alert that rings by it." }),
    reason: z.string(),
    person: z.string().meta({ description: "Who set it." }),
    since: instantText,
  })
  .meta({ id: "AlertRule" });

const messageView = z
  .strictObject({
    id: z.string().meta({ description: "The same however often it is sent: webhook-id, the id of the CloudEvent, and the first part of the Message-ID." }),
    destination: z.string(),
    place: z.string().meta({ description: "Its place among all messages to that destination, from 1, without a gap." }),
    event: z.enum(["raised", "cleared", "lifted", "test"]),
    created_at: instantText,
    attempts: z.int(),
    sent_at: instantText.nullable(),
    refused_at: instantText.nullable().meta({ description: "When it was set aside because its receiver will never take it." }),
    fault: z.string().nullable().meta({ description: "Why it did not work the last time." }),
  })
  .meta({ id: "AlertMessage" });

const alertFields = {
  number: alertNumber,
  account: accountName,
  unit: moneyUnit,
  measure: alertMeasure,
  threshold,
  action: alertAction,
  severity: alertSeverity,
  state: z.enum(["ringing", "lifted", "cleared"]),
  value: z.number().meta({ description: "What was measured when it rang." }),
  words: z.string(),
  raised_at: instantText,
  cleared_at: instantText.nullable(),
  lifted: z.strictObject({ at: instantText, person: z.string(), reason: z.string() }).nullable(),
  acknowledged: z.strictObject({ at: instantText, person: z.string(), notes: z.string() }).nullable(),
  waiting: z.int().meta({ description: "How many of its messages have not arrived yet." }),
};
const alertSummary = z.strictObject(alertFields).meta({ id: "AlertSummary" });
const alertView = z.strictObject({ ...alertFields, messages: z.array(messageView) }).meta({ id: "Alert" });

export const setRuleBody = z.strictObject({
  measure: alertMeasure,
  threshold,
  action: ruleAction.meta({ description: "off takes the rule away." }),
  margin: z.int().min(0).max(1000).optional().meta({ description: "5 per cent, 3 days or 1 spread without it." }),
  severity: alertSeverity.optional().meta({ description: "Without it warning, and critical where work is stopped." }),
  destinations: destinations.default([]).meta({ description: "Needed but for off." }),
  reason: reason.meta({ description: "Why; it stands in the journal." }),
});

export const alertRoutes = {
  listAlertRules: defineRoute({
    id: "alert.list-rules",
    method: "GET",
    path: "/api/v1/budget/alert-rules",
    tag,
    access: "person",
    status: 200,
    summary: "The rules by which accounts ring, of one account or of all that I can see",
    query: z.strictObject({
      account: accountName.optional(),
      cursor: z
        .string()
        .max(100)
        .regex(/^[a-z0-9_.-]+\/[a-z-]+\/\d{1,4}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(RULES_PAGE_MAX).default(100),
    }),
    reply: z.strictObject({ items: z.array(ruleView), next: z.string().nullable() }),
    problems: ["budget.account-unknown"],
  }),
  setAlertRule: defineRoute({
    id: "alert.set-rule",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/alert-rules",
    tag,
    access: "person",
    status: 201,
    idempotent: true,
    summary: "Say when an account rings, who is told, and what stops; for its PI and delegates, and where it stops work for administrators",
    params: byName,
    body: setRuleBody,
    reply: ruleView,
    problems: [
      "access.forbidden",
      "budget.account-unknown",
      "alert.channel-unset",
      "alert.too-many",
      "alert.rule-unknown",
      "value.range",
      "idempotency.mismatch",
    ],
  }),
  listAlerts: defineRoute({
    id: "alert.list",
    method: "GET",
    path: "/api/v1/budget/alerts",
    tag,
    access: "person",
    status: 200,
    summary: "What rang, the latest first",
    query: z.strictObject({
      account: accountName.optional(),
      severity: alertSeverity.optional(),
      state: z.enum(["ringing", "lifted", "cleared"]).optional(),
      cursor: alertNumber.optional(),
      limit: z.coerce.number().int().min(1).max(RULES_PAGE_MAX).default(100),
    }),
    reply: z.strictObject({ items: z.array(alertSummary), next: alertNumber.nullable() }),
    problems: ["budget.account-unknown"],
  }),
  showAlert: defineRoute({
    id: "alert.show",
    method: "GET",
    path: "/api/v1/budget/alerts/:number",
    tag,
    access: "person",
    status: 200,
    summary: "One alert, and whether its messages arrived",
    params: byNumber,
    reply: alertView,
    problems: ["alert.unknown"],
  }),
  liftAlert: defineRoute({
    id: "alert.lift",
    method: "POST",
    path: "/api/v1/budget/alerts/:number/lift",
    tag,
    access: "person",
    status: 200,
    idempotent: true,
    summary: "Approve that work goes on, or let an account go that an alert stopped; its rule rings again only after it was over",
    params: byNumber,
    body: z.strictObject({ reason: reason.meta({ description: "Why; it stands in the journal and is told." }) }),
    reply: alertView,
    problems: ["access.forbidden", "alert.unknown", "alert.nothing-to-lift", "idempotency.mismatch"],
  }),
  acknowledgeAlert: defineRoute({
    id: "alert.acknowledge",
    method: "POST",
    path: "/api/v1/budget/alerts/:number/acknowledgement",
    tag,
    access: "person",
    status: 200,
    idempotent: true,
    summary: "Note that somebody has seen an alert; it changes nothing else",
    params: byNumber,
    body: z.strictObject({ notes: z.union([z.literal(""), lineText(1, 500)]).default("") }),
    reply: alertView,
    problems: ["access.forbidden", "alert.unknown", "idempotency.mismatch"],
  }),
  testAlert: defineRoute({
    id: "alert.test",
    method: "POST",
    path: "/api/v1/budget/accounts/:name/alert-tests",
    tag,
    access: "person",
    status: 202,
    idempotent: true,
    summary: "Send a message to where an account's alerts go, to see that it arrives",
    params: byName,
    body: z.strictObject({ destinations: z.array(destination).max(10).default([]).meta({ description: "Without any, those of all its rules." }) }),
    reply: z.strictObject({ items: z.array(messageView) }),
    problems: ["access.forbidden", "budget.account-unknown", "alert.channel-unset", "alert.rule-unknown", "idempotency.mismatch"],
  }),
  listTests: defineRoute({
    id: "alert.list-tests",
    method: "GET",
    path: "/api/v1/budget/accounts/:name/alert-tests",
    tag,
    access: "person",
    status: 200,
    summary: "The last tests of an account's destinations, 50 at most, and whether they arrived",
    params: byName,
    reply: z.strictObject({ items: z.array(messageView) }),
    problems: ["budget.account-unknown"],
  }),
};

export type AlertRuleView = z.output<typeof ruleView>;
export type AlertMessageView = z.output<typeof messageView>;
export type AlertSummaryView = z.output<typeof alertSummary>;
export type AlertView = z.output<typeof alertView>;
export type SetRuleBody = z.output<typeof setRuleBody>;
