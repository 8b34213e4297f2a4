import type { Handlers } from "#kernel";
import type { ReportService } from "../report-service.ts";
import type { UsageName, usageRoutes } from "./contract.ts";

export function usageHandlers(reports: ReportService): Handlers<typeof usageRoutes> {
  return {
    usage: ({ person, query }) =>
      reports.usage(person, {
        account: query.account ?? null,
        by: [...new Set(query.by.split(",") as UsageName[])],
        month: query.month ?? null,
        from: query.from ?? null,
        to: query.to ?? null,
        zone: query.zone,
        person: query.person ?? null,
        kind: query.kind ?? null,
        partition: query.partition ?? null,
        app: query.app ?? null,
        cluster: query.cluster ?? null,
        limit: query.limit,
      }),
    rebuildUsage: () => reports.rebuildUsage(),
  };
}
