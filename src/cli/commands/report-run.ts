import type { CallArgs } from "#kernel";
import { reportRoutes, type UsageReport } from "#report/contract";
import type { PlainRun, RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { count, isZero, money } from "../format.ts";
import { localZone } from "../local-zone.ts";
import type { View } from "../output.ts";
import { renderTable, type Column } from "../table.ts";
import type { accountUsageTakes, usageSummaryTakes, usageTakes } from "./report.ts";

/* With -o json each answers in the shape of GET /api/v1/reports/usage. */

type Row = UsageReport["rows"][number];
type Figures = UsageReport["totals"][number];

export const showUsage: RunOf<typeof usageTakes> = (context, { flags }) => show(context, flags);

export const showAccountUsage: RunOf<typeof accountUsageTakes> = (context, { args, flags }) =>
  show(context, { ...flags, account: args.account, by: "person,partition" });

export const showUsageSummary: RunOf<typeof usageSummaryTakes> = (context, { args, flags }) => show(context, { ...flags, account: args.account });

/** The answer's shape with -o json: `{ batches }`. */
export const rebuildUsage: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(reportRoutes.rebuildUsage, {});
  await context.output.show(answer, () => `added up again; batches of the journal: ${answer.batches}\n`);
};

type Query = Partial<CallArgs<typeof reportRoutes.usage>["query"]>;

async function show(context: Context, query: Query): Promise<void> {
  const client = await context.client();
  const answer = await client.call(reportRoutes.usage, { query: { ...query, zone: query.zone ?? localZone() } });
  await context.output.show(answer, (view) => usageText(answer, view));
  if (answer.left_out > 0) context.output.note(`${count(answer.left_out, "more row")}: add --limit N, or ask for less\n`);
}

function usageText(report: UsageReport, view: View): string {
  const { style } = view;
  const of = report.account === null ? "all that is yours to see" : `${report.account} and all below it`;
  const head = `${style.bold(`Usage from ${report.from} to ${report.to}`)}  ${of}, days of ${report.zone}\n`;
  if (report.rows.length === 0) return `${head}nothing was used\n`;
  const totals = report.totals.map((total) => ({ ...EMPTY, ...total }));
  const totalled = report.rows.length + report.left_out > 1 ? totals : [];
  const place = new Set<Row>(totalled);
  const names = report.by.filter((name) => name !== "day" && name !== "month");
  const columns: Column<Row>[] = [
    ...(report.rows[0]?.period === null
      ? []
      : [{ head: report.by.includes("day") ? "day" : "month", cell: (row: Row) => (place.has(row) ? "" : (row.period ?? "")) }]),
    ...names.map((name, index): Column<Row> => ({
      head: name,
      cell: (row) => (place.has(row) ? (index === 0 ? "all" : "") : row[name] === "" ? "-" : (row[name] ?? "")),
      minimum: 8,
    })),
    { head: "charges", cell: (row) => String(row.charges), align: "right" },
    amount("charged", (row) => row.charged),
    ...optional(report, "late", (row) => row.late),
    ...optional(report, "refunded", (row) => row.refunded),
    ...optional(report, "written off", (row) => row.written_off),
    { ...amount("net", (row) => row.net), paint: (words) => style.bold(words) },
  ];
  return head + renderTable([...report.rows, ...totalled], columns, view);
}

const EMPTY = { period: null, account: null, person: null, kind: null, partition: null, app: null, cluster: null } as const;

function amount(head: string, of: (row: Figures) => string): Column<Row> {
  return { head, cell: (row) => (isZero(of(row)) ? "-" : money(of(row), row.unit)), align: "right" };
}

/** A column that is only there when there is something in it. */
function optional(report: UsageReport, head: string, of: (row: Figures) => string): Column<Row>[] {
  return report.totals.some((total) => !isZero(of(total))) ? [amount(head, of)] : [];
}
