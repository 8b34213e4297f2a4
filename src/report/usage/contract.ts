import { z } from "zod";
import { defineRoute } from "#kernel";
import { amountText } from "#price/contract";
import { accountText, dayText, instantText, lineText, moneyUnit, monthText, personText, zoneText } from "../wire-contract.ts";

/** What was used: added up by whatever is asked for. */

export const USAGE_NAMES = ["account", "person", "kind", "partition", "app", "cluster", "day", "month"] as const;
export type UsageName = (typeof USAGE_NAMES)[number];

export const usageKind = z.enum(["job", "standing", "overhead", "indirect", "loss", "other"]).meta({
  description:
    "Jobs; what costs money each day; overhead of clusters; what awards add; losses that were written off elsewhere and are borne here; bills and the rest.",
});

const by = z
  .string()
  .regex(new RegExp(`^(${USAGE_NAMES.join("|")})(,(${USAGE_NAMES.join("|")}))*$`), `some of ${USAGE_NAMES.join(", ")}, with commas between them`)
  .default("account")
  .meta({ description: `Which rows there are: some of ${USAGE_NAMES.join(", ")}, with commas between them.` });

const figures = {
  charges: z.int().meta({ description: "How many charges." }),
  charged: amountText,
  late: amountText.meta({ description: "Of what was charged, what was booked more than three days after its service: earlier reports did not have it." }),
  refunded: amountText.meta({ description: "Given back, on the day of the charge that it mends." }),
  written_off: amountText.meta({ description: "Taken over by another account, on the day of the charge that it mends." }),
  net: amountText.meta({ description: "charged - refunded - written_off." }),
};

export const usageReport = z
  .strictObject({
    account: accountText.nullable().meta({ description: "This account and all below it; null: all that I may see." }),
    zone: zoneText,
    from: dayText,
    to: dayText,
    starts_at: instantText,
    ends_at: instantText.meta({ description: "The first moment that is no longer in it." }),
    as_of: instantText,
    by: z.array(z.enum(USAGE_NAMES)),
    rows: z.array(
      z.strictObject({
        period: z.string().nullable().meta({ description: "The day or month; null where neither was asked for." }),
        account: accountText.nullable(),
        person: z.string().nullable(),
        kind: usageKind.nullable(),
        partition: z
          .string()
          .nullable()
          .meta({ description: "Empty where the charge does not say; null where it was not asked for. Likewise app and cluster." }),
        app: z.string().nullable(),
        cluster: z.string().nullable(),
        unit: moneyUnit,
        ...figures,
      }),
    ),
    totals: z.array(z.strictObject({ unit: moneyUnit, ...figures })).meta({ description: "Over all rows, those left out included." }),
    left_out: z.int().meta({ description: "How many rows there are beyond these." }),
  })
  .meta({ id: "UsageReport" });

export const usageRoutes = {
  usage: defineRoute({
    id: "report.usage",
    method: "GET",
    path: "/api/v1/reports/usage",
    tag: "report",
    access: "person",
    status: 200,
    summary: "What was used, by account, person, kind, partition, app, cluster, day or month",
    query: z.strictObject({
      account: accountText.optional(),
      by,
      month: monthText.optional().meta({ description: "A month; without it and from, the one that it is." }),
      from: dayText.optional(),
      to: dayText.optional(),
      zone: zoneText.default("UTC"),
      person: personText.optional(),
      kind: usageKind.optional(),
      partition: lineText(1, 63).optional(),
      app: lineText(1, 200).optional(),
      cluster: lineText(1, 63).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
    }),
    reply: usageReport,
    problems: ["budget.account-unknown", "value.range"],
  }),
  rebuildUsage: defineRoute({
    id: "report.rebuild-usage",
    method: "POST",
    path: "/api/v1/reports/usage/rebuild",
    tag: "report",
    access: "admin",
    status: 200,
    summary: "Add up again, from the journal, what reports of usage are made of",
    reply: z.strictObject({ batches: z.int().meta({ description: "Batches of the journal that were added up; the worker goes on with the rest." }) }),
    problems: [],
  }),
};

export type UsageReport = z.output<typeof usageReport>;
