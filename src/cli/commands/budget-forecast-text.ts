import type { ForecastView } from "#forecast/contract";
import { money } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";

/** Days of the path that the table shows, besides the last. */
const SHOWN_DAYS = [6, 13, 27, 55, 90, 181, 363] as const;
const SPARK = "▁▂▃▄▅▆▇█";
const SPARK_COLUMNS_MAX = 60;

/** The answer first, then how sure it is, then what it goes by. */
export function forecastText(answer: ForecastView, view: View): string {
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
