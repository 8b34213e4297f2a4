import { z } from "zod";
import { defineRoute, NAME } from "#kernel";
import { lineText } from "#price/contract";
import { accountName, grantNumber } from "./wire-contract.ts";

/** asbb's alerts, which its documents have and which never answered. */

const alertId = z.string().regex(/^[1-9]\d{0,17}$/);

const asbbAlert = z
  .strictObject({
    id: z.string(),
    account: z.string(),
    type: z.string().meta({ description: "What is measured: spent, committed, projected, runs-out or anomaly." }),
    severity: z.enum(["info", "warning", "critical"]),
    threshold: z.number(),
    actual: z.number().meta({ description: "What was measured when it rang, in the unit of its type." }),
    message: z.string(),
    action: z.string(),
    acknowledged: z.boolean(),
    acknowledged_by: z.string().nullable(),
    acknowledged_at: z.string().nullable(),
    notes: z.string(),
    status: z.enum(["active", "lifted", "resolved"]),
    created_at: z.string(),
    resolved_at: z.string().nullable(),
  })
  .meta({ id: "AsbbAlert" });

const common = { tag: "asbb", errors: "asbb", access: "person", status: 200 } as const;

export const alertRoutes = {
  listAlerts: defineRoute({
    ...common,
    id: "asbb.list-alerts",
    method: "GET",
    path: "/api/v1/alerts",
    summary: "What rang, the latest first",
    query: z.strictObject({
      grant: grantNumber.optional().meta({ description: "Only of the account that spends this grant." }),
      account: accountName.optional(),
      severity: z.enum(["info", "warning", "critical"]).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    reply: z.array(asbbAlert),
    problems: ["budget.account-unknown", "budget.award-unknown"],
  }),
  showAlert: defineRoute({
    ...common,
    id: "asbb.show-alert",
    method: "GET",
    path: "/api/v1/alerts/:id",
    summary: "One alert",
    params: z.strictObject({ id: alertId }),
    reply: asbbAlert,
    problems: ["alert.unknown"],
  }),
  acknowledgeAlert: defineRoute({
    ...common,
    id: "asbb.acknowledge-alert",
    method: "POST",
    path: "/api/v1/alerts/:id/acknowledge",
    idempotent: true,
    keyless: "same-body",
    answeredFrom: "journal",
    summary: "Note that somebody has seen an alert; the first one is kept",
    params: z.strictObject({ id: alertId }),
    body: z.strictObject({
      user: z.string().regex(NAME).optional().meta({ description: "Who has seen it, when an administrator says so for somebody else." }),
      notes: z.union([z.literal(""), lineText(1, 400)]).default(""),
    }),
    reply: asbbAlert,
    problems: ["access.forbidden", "alert.unknown"],
  }),
};

export type AsbbAlert = z.output<typeof asbbAlert>;
