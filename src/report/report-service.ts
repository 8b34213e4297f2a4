import type { ReportContext } from "./context.ts";
import { openLooks } from "./look/service.ts";
import { openTransactions } from "./transaction/service.ts";
import { openStatements } from "./statement/service.ts";
import { openUsage } from "./usage/service.ts";

export type ReportService = ReturnType<typeof openReports>;

/** What was used and what is left, as one person may see it. It reads the ledger and never moves money. */
export function openReports(context: ReportContext) {
  return { ...openUsage(context), ...openStatements(context), ...openLooks(context), ...openTransactions(context) };
}
