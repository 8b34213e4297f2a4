import { writeFileSync } from "node:fs";
import { Problem } from "#kernel";
import { digestText, sectionWords, statementCsv, statementPdf } from "#report";
import { reportRoutes, type Statement } from "#report/contract";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { count, isZero, money } from "../format.ts";
import { localZone } from "../local-zone.ts";
import type { View } from "../output.ts";
import { renderTable } from "../table.ts";
import type { digestTakes, statementTakes } from "./report.ts";

/** The answer's shape with -o json is that of GET /api/v1/reports/statements/account/:account. */
export const makeStatement: RunOf<typeof statementTakes> = async (context, { args, flags }) => {
  const { format = "table", file, paper = "a4" } = flags;
  if (format === "pdf" && file === undefined)
    throw new Problem("usage.missing", { detail: "a PDF is written into a file", fix: "Add --file climate-2026-11.pdf.", facts: { flag: "--file" } });
  if ((args.account === undefined) === (flags.award === undefined))
    throw new Problem("usage.missing", {
      detail: "a statement is of an account or of an award",
      fix: "Name an ACCOUNT, or --award NUMBER.",
      facts: { flag: "--award" },
    });
  const client = await context.client();
  const query = { month: flags.month, zone: flags.zone ?? localZone() };
  const statement =
    flags.award === undefined
      ? await client.call(reportRoutes.accountStatement, { params: { account: args.account ?? "" }, query })
      : await client.call(reportRoutes.awardStatement, { params: { number: flags.award }, query });
  const written = format === "pdf" ? await statementPdf(statement, paper) : format === "csv" ? statementCsv(statement) : null;
  if (written === null || (context.output.format !== "table" && file === undefined))
    return await context.output.show(statement, (view) => statementText(statement, view));
  if (file === undefined) return context.output.raw(String(written));
  save(context, file, written, statement);
};

/** The answer's shape with -o json: `{ text }`. */
export const writeDigest: RunOf<typeof digestTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { month: flags.month, zone: flags.zone ?? localZone() };
  const statement = await client.call(reportRoutes.accountStatement, { params: { account: args.account }, query });
  const usage = await client.call(reportRoutes.usage, { query: { ...query, account: args.account, by: "person" } });
  const written = digestText(statement, usage);
  await context.output.show({ text: written }, () => written);
};

function save({ output }: Context, file: string, written: string | Uint8Array, statement: Statement): void {
  try {
    writeFileSync(file, written);
  } catch (error) {
    throw new Problem("file.unwritable", { detail: (error as Error).message, facts: { file }, cause: error });
  }
  output.note(`statement ${statement.number}, ${count(statement.lines.length, "movement")}: ${file}\n`);
}

function statementText(statement: Statement, view: View): string {
  const { style } = view;
  const { unit, opening, closing } = statement;
  const rows: { readonly name: string; readonly lines: string; readonly amount: string; readonly strong: boolean }[] = [
    { name: "opening balance", lines: "", amount: opening.left, strong: true },
    ...statement.sums.map(({ section, lines, amount }) => ({ name: sectionWords(section).toLowerCase(), lines: String(lines), amount, strong: false })),
    { name: "closing balance", lines: "", amount: closing.left, strong: true },
    { name: "  reserved", lines: String(statement.reserved.count), amount: closing.reserved, strong: false },
    ...(isZero(closing.leased) ? [] : [{ name: "  leased", lines: "", amount: closing.leased, strong: false }]),
    { name: "  free", lines: "", amount: closing.free, strong: false },
    ...(isZero(closing.overrun) ? [] : [{ name: "  overrun", lines: "", amount: closing.overrun, strong: false }]),
  ];
  const award = statement.award === null ? "" : `award ${statement.award.number}, ${statement.award.agency}: ${statement.award.title}\n`;
  return [
    `${style.bold(`Statement ${statement.number}`)}  ${statement.account}, ${statement.from} to ${statement.to}, days of ${statement.zone}${statement.complete ? "" : "; not over yet"}\n`,
    award,
    renderTable(
      rows,
      [
        { head: "", cell: (row) => row.name, paint: (words, row) => (row.strong ? style.bold(words) : words) },
        { head: "movements", cell: (row) => row.lines, align: "right" },
        { head: "amount", cell: (row) => money(row.amount, unit), align: "right", paint: (words, row) => (row.strong ? style.bold(words) : words) },
      ],
      view,
    ),
    ...statement.idle_rules.map((rule) => `${rule}\n`),
    statement.seal === null ? "" : style.dim(`sealed ${statement.seal}\n`),
  ].join("");
}
