import { parseInstant, type Handlers } from "#kernel";
import type { ReportService } from "../report-service.ts";
import type { lookRoutes } from "./contract.ts";

export function lookHandlers(reports: ReportService): Handlers<typeof lookRoutes> {
  return {
    balanceAt: ({ person, params, query }) => reports.balanceAt(person, params.account, query.at === undefined ? null : (parseInstant(query.at) ?? null)),
    why: ({ person, params }) => reports.why(person, params.reference),
  };
}
