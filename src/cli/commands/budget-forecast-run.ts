import { budgetRoutes } from "#budget/contract";
import { forecastRoutes, type ForecastView } from "#forecast/contract";
import type { RunOf } from "../command.ts";
import { money } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { burnRateTakes, forecastTakes } from "./budget-forecast.ts";

/*
 * With -o json forecast gives the answer of GET /api/v1/forecast/:account, burn-rate that of GET /api/v1/burn-rate/:account and with --projection
 * `{ burn_rate, forecast }`.
 */

/** Days of the path that the table shows, besides the last. */
const SHOWN_DAYS = [6, 13, 27, 55, 90, 181, 363] as const;
const SPARK = "▁▂▃▄▅▆▇█";
const SPARK_COLUMNS_MAX = 60;

export const showForecast: RunOf<typeof forecastTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { ...flags, zone: ownZone() };
  const answer = await client.call(forecastRoutes.ofAccount, { params: { account: args.account }, query });
  await context.output.show(answer, (view) => forecastText(answer, view));
};

export const showBurnRate: RunOf<typeof burnRateTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const rate = await client.call(budgetRoutes.burnOfAccount, { params: { account: args.account } });
  const forecast = flags.projection ? await client.call(forecastRoutes.ofAccount, { params: { account: args.account }, query: { zone: ownZone() } }) : null;
  const amount = (text: string | null) => (text === null ? null : money(text, rate.unit));
  await context.output.show(
    forecast === null ? rate : { burn_rate: rate, forecast },
    (view) =>
      `${view.style.bold(rate.account)}  ${rate.status.toLowerCase().replaceAll("_", " ")}${rate.health_score === null ? "" : `, health ${rate.health_score} of 100`}\n${renderPairs(
        [
          ["last 7 days", `${amount(rate.average_7_days)} a day`],
          ["last 30 days", `${amount(rate.average_30_days)} a day`],
          ["even spending", rate.daily_expected === null ? null : `${amount(rate.daily_expected)} a day to ${rate.end_date}`],
          ["spent", amount(rate.cumulative_spend)],
          ["expected by now", amount(rate.cumulative_expected)],
          ["variance", rate.variance_percent === null ? null : `${rate.variance_percent} %`],
        ],
        view.style,
        "  ",
      )}${forecast === null ? "" : `\n${forecastText(forecast, view)}`}`,
  );
};

/** The reader's time zone, whose days are counted. */
function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function forecastText(answer: ForecastView, view: View): string {
  const { style } = view;
  const parts = [`${style.bold(answer.sentence)}\n`, `${leftText(answer)}\n\n`, spark(answer, view), table(answer, view), `\n${recordText(answer)}\n`];
  if (answer.bands_wide_because !== null) parts.push(`The bands are wide: ${answer.bands_wide_because}.\n`);
  if (answer.assumptions.length > 0)
    parts.push(
      "\nAssumed\n",
      renderPairs(
        answer.assumptions.map(({ what, formula }) => [what, formula]),
        style,
        "  ",
      ),
    );
  return parts.join("");
}

function leftText(answer: ForecastView): string {
  const of = { account: "the account's last day", asked: "as asked", default: "90 days ahead, for nothing says when it ends" }[answer.end_of];
  return `${answer.account} has ${money(answer.left, answer.unit)} to spend, what is reserved included. Looked at to ${answer.end_date}: ${of}.`;
}

function table(answer: ForecastView, view: View): string {
  const { path, unit } = answer;
  const rows = path.filter((_, index) => index === path.length - 1 || SHOWN_DAYS.some((day) => dayAt(path, index) === day));
  const range = (low: string, high: string) => `${money(low, unit)} to ${money(high, unit)}`;
  return renderTable(
    rows,
    [
      { head: "by the end of", cell: (row) => row.date },
      { head: "to spend", cell: (row) => money(row.left, unit), align: "right" },
      { head: "spent, middle", cell: (row) => money(row.p50, unit), align: "right" },
      { head: "50 %", cell: (row) => range(row.p25, row.p75), align: "right" },
      { head: "80 %", cell: (row) => range(row.p10, row.p90), align: "right" },
      { head: "95 %", cell: (row) => range(row.p2_5, row.p97_5), align: "right" },
    ],
    view,
  );
}

/** The number of a row's day, counted from the first. */
function dayAt(path: ForecastView["path"], index: number): number {
  return Math.round((Date.parse(path[index]!.date) - Date.parse(path[0]!.date)) / 86_400_000);
}

/** What is left day by day, in the middle and at both ends of the band of 80 %; only where lines have a width. */
function spark({ path, left, unit, end_date }: ForecastView, { columns, style }: View): string {
  if (columns === null || path.length < 2) return "";
  const days = dayAt(path, path.length - 1);
  const width = Math.min(SPARK_COLUMNS_MAX, Math.max(10, columns - 30), path.length);
  const most = Math.max(...path.map((row) => Number(row.left)), 0.000_001);
  const line = (key: "p10" | "p50" | "p90") =>
    Array.from({ length: width }, (_, column) => {
      const row = path.find((_, index) => dayAt(path, index) >= (column * days) / Math.max(1, width - 1)) ?? path.at(-1)!;
      const part = Math.max(0, Number(row.left) - Number(row[key])) / most;
      return part === 0 ? " " : SPARK[Math.min(SPARK.length - 1, Math.floor(part * SPARK.length))]!;
    }).join("");
  const rows: readonly (readonly [string, "p10" | "p50" | "p90"])[] = [
    ["left if little is spent", "p10"],
    ["left in the middle", "p50"],
    ["left if much is spent", "p90"],
  ];
  const lines = rows.map(([name, key]) => `  ${style.dim(name.padEnd(24))}${key === "p50" ? style.cyan(line(key)) : line(key)}\n`);
  return `${lines.join("")}  ${style.dim(`${" ".repeat(24)}${money(left, unit)} today, to ${end_date}`)}\n\n`;
}

function recordText({ track_record: record }: ForecastView): string {
  if (record === null) return "How often its forecasts are right cannot be told yet: there are fewer than 8 earlier ones to look at.";
  const percent = Math.round((100 * record.held_80) / record.forecasts);
  return `In ${record.forecasts} earlier forecasts of ${record.days_ahead} days, ${record.separate} of which do not overlap, the 80 % band held the truth ${percent} % of the time.`;
}
