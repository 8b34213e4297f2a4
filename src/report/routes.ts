import type { Handlers } from "#kernel";
import type { reportRoutes } from "./contract.ts";
import type { ReportService } from "./report-service.ts";
import { lookHandlers } from "./look/routes.ts";
import { transactionHandlers } from "./transaction/routes.ts";
import { statementHandlers } from "./statement/routes.ts";
import { usageHandlers } from "./usage/routes.ts";

export function reportHandlers(reports: ReportService): Handlers<typeof reportRoutes> {
  return { ...usageHandlers(reports), ...statementHandlers(reports), ...lookHandlers(reports), ...transactionHandlers(reports) };
}
