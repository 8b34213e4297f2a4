import type { Handlers } from "#kernel";
import type { ReportService } from "../report-service.ts";
import type { statementRoutes } from "./contract.ts";

export function statementHandlers(reports: ReportService): Handlers<typeof statementRoutes> {
  return {
    accountStatement: ({ person, params, query }) => reports.accountStatement(person, params.account, { month: query.month ?? null, zone: query.zone }),
    awardStatement: ({ person, params, query }) => reports.awardStatement(person, params.number, { month: query.month ?? null, zone: query.zone }),
  };
}
