import type { Statement } from "./contract.ts";

/*
 * A statement as CSV (RFC 4180): comma, CRLF, a head line, quotes where they are needed. The first row is the opening balance, the last the closing one; the amounts of the rows between
 * lead from one to the other.
 */

const COLUMNS = ["statement", "section", "transaction", "booked", "served", "account", "person", "job", "what", "why", "unit", "amount"] as const;

/** A plain decimal is a number to every spreadsheet and can be no formula. */
const DECIMAL = /^-?\d+(\.\d+)?$/;
/** What makes a spreadsheet take a text for a formula (OWASP, CSV injection), in its full-width forms as well. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** One cell. A text that a spreadsheet would run as a formula gets an apostrophe before it, which shows it as text. */
export function csvCell(text: string): string {
  const safe = FORMULA.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function statementCsv(statement: Statement): string {
  const { number, unit, account } = statement;
  const balance = (section: string, at: string, left: string) => [number, section, "", at, "", account, "", "", `${section} balance`, "", unit, left];
  const rows = [
    [...COLUMNS],
    balance("opening", statement.starts_at, statement.opening.left),
    ...statement.lines.map((line) => [
      number,
      line.section,
      line.number,
      line.booked_at,
      line.served_at,
      line.account,
      line.person,
      line.job ?? "",
      line.what,
      line.why,
      unit,
      line.amount,
    ]),
    balance("closing", statement.ends_at, statement.closing.left),
  ];
  return rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}
