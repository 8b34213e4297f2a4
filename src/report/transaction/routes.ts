import { parseInstant, type Handlers } from "#kernel";
import type { ReportService } from "../report-service.ts";
import type { transactionRoutes } from "./contract.ts";

export function transactionHandlers(reports: ReportService): Handlers<typeof transactionRoutes> {
  const instant = (text: string | undefined) => (text === undefined ? null : (parseInstant(text) ?? null));
  return {
    listTransactions: ({ person, query }) =>
      reports.listTransactions(person, {
        account: query.account ?? null,
        type: query.type ?? null,
        status: query.status ?? null,
        job: query.job_id ?? null,
        from: instant(query.start_date),
        before: instant(query.end_date),
        limit: query.limit,
        offset: query.offset,
      }),
    showTransaction: ({ person, params }) => reports.showTransaction(person, params.id),
  };
}
