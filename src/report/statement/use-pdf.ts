import { readFileSync } from "node:fs";
import { join } from "node:path";
import PDFDocument from "pdfkit";
import { packageRoot } from "#db";
import { instant, type MoneyUnit } from "#kernel";
import { wallTime } from "../local-days.ts";
import type { Statement } from "./contract.ts";
import { sectionWords, unitWords } from "./statement.ts";

/*
 * A statement as an office files it. The same statement gives the same bytes: dates come from it, never from the clock. Its fonts go with it; they have Latin, Greek,
 * Cyrillic and more, and a letter that they lack is shown as an empty box.
 */

type Paper = "a4" | "letter";

const MARGIN = 45;
const SMALL = 7;
const NORMAL = 9;
const LINE = 11;
const FOOT = 26;

type Column = { readonly head: string; readonly share: number; readonly right?: boolean };
type Page = { readonly document: PDFKit.PDFDocument; readonly left: number; readonly width: number; readonly bottom: number };

const folder = join(packageRoot, "share", "fonts");

export function statementPdf(statement: Statement, paper: Paper): Promise<Buffer> {
  const made = new Date(statement.as_of ?? statement.starts_at);
  const document = new PDFDocument({
    size: paper === "a4" ? "A4" : "LETTER",
    margins: { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN },
    bufferPages: true,
    font: readFileSync(join(folder, "DejaVuSansCondensed.ttf")) as unknown as string,
    info: {
      Title: `Statement ${statement.number}`,
      Author: statement.prepared_by,
      Creator: "Headgate",
      Producer: "Headgate",
      CreationDate: made,
      ModDate: made,
    },
  });
  document.registerFont("plain", readFileSync(join(folder, "DejaVuSansCondensed.ttf")));
  document.registerFont("bold", readFileSync(join(folder, "DejaVuSansCondensed-Bold.ttf")));
  const page: Page = { document, left: MARGIN, width: document.page.width - 2 * MARGIN, bottom: document.page.height - MARGIN - FOOT };
  head(page, statement);
  balances(page, statement);
  award(page, statement);
  notes(page, statement);
  lines(page, statement);
  holds(page, statement);
  feet(page, statement);
  return finished(document);
}

function finished(document: PDFKit.PDFDocument): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    document.on("data", (chunk: Buffer) => chunks.push(chunk));
    document.on("end", () => resolve(Buffer.concat(chunks)));
    document.on("error", reject);
    document.end();
  });
}

function head({ document, left, width }: Page, statement: Statement): void {
  const { number, account, title, unit, zone, from, to, prepared_by: by, as_of: asOf, complete } = statement;
  document.font("bold").fontSize(16).text("Statement", left, MARGIN).fontSize(NORMAL).font("plain");
  const facts: [string, string][] = [
    ["Statement", number],
    ["Account", title === account ? account : `${account}, ${title}`],
    ["Period", `${from} to ${to}, days of ${zone}${complete ? "" : ", not over yet"}`],
    ["Amounts in", unitWords(unit)],
    ["Prepared by", by],
    ["As of", asOf === null ? "before anything was booked" : `${wallTime(instant(Date.parse(asOf)), zone)} (${zone}), the last movement that it covers`],
    ["Seal of the journal", statement.seal ?? ""],
  ];
  for (const [name, value] of facts) {
    document.font("bold").text(name, left, document.y + 2, { continued: false, width: 95 });
    document.font("plain").text(value, left + 100, document.y - document.currentLineHeight(true), { width: width - 100 });
  }
}

function title({ document, left, width, bottom }: Page, words: string): void {
  if (document.y > bottom - 4 * LINE) document.addPage();
  document
    .moveDown(1)
    .font("bold")
    .fontSize(NORMAL + 2)
    .text(words, left, document.y, { width })
    .font("plain")
    .fontSize(SMALL + 1)
    .moveDown(0.3);
}

/** A table over as many pages as it takes, its head on each. A cell is one line; what is longer is cut and ends in three dots, but never an amount. */
function table(page: Page, columns: readonly Column[], rows: Iterable<readonly string[]>, bold: (index: number) => boolean = () => false): void {
  const { document, left, width, bottom } = page;
  const total = columns.reduce((sum, { share }) => sum + share, 0);
  const widths = columns.map(({ share }) => (share / total) * width);
  document.fontSize(SMALL);
  const row = (cells: readonly string[], font: "plain" | "bold") => {
    document.font(font);
    const top = document.y;
    let x = left;
    for (const [index, column] of columns.entries()) {
      const space = widths[index]! - 4;
      const text = column.right === true ? cells[index]! : cut(document, cells[index]!, space);
      document.text(text, column.right === true ? x + space - document.widthOfString(text) : x, top, { lineBreak: false });
      x += widths[index]!;
    }
    document.y = top + LINE;
  };
  const heads = () => {
    row(
      columns.map((column) => column.head),
      "bold",
    );
    document
      .moveTo(left, document.y - 2)
      .lineTo(left + width, document.y - 2)
      .lineWidth(0.5)
      .stroke();
  };
  if (document.y > bottom - 3 * LINE) document.addPage();
  heads();
  let index = 0;
  for (const cells of rows) {
    if (document.y > bottom - LINE) {
      document.addPage();
      heads();
    }
    row(cells, bold(index) ? "bold" : "plain");
    index += 1;
  }
}

function cut(document: PDFKit.PDFDocument, text: string, space: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  if (document.widthOfString(line) <= space) return line;
  let [fits, over] = [0, line.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (document.widthOfString(`${line.slice(0, middle)}...`) <= space) fits = middle;
    else over = middle;
  }
  return `${line.slice(0, fits)}...`;
}

function balances(page: Page, { opening, closing, sums, reserved, unit }: Statement): void {
  title(page, "Balance");
  const rows: [string, string, string][] = [
    ["Opening balance", "", opening.left],
    ...sums.map((sum): [string, string, string] => [sectionWords(sum.section), String(sum.lines), sum.amount]),
    ["Closing balance", "", closing.left],
    [`of which reserved, ${reserved.count} open`, "", closing.reserved],
    ["of which leased", "", closing.leased],
    ["Free", "", closing.free],
    ["Overrun", "", closing.overrun],
  ];
  const last = sums.length + 1;
  table(
    page,
    [
      { head: "", share: 6 },
      { head: "movements", share: 2, right: true },
      { head: unit satisfies MoneyUnit, share: 3, right: true },
    ],
    rows,
    (index) => index === 0 || index === last,
  );
}

function award(page: Page, statement: Statement): void {
  const { award: terms } = statement;
  if (terms === null) return;
  const { document, left, width } = page;
  title(page, `Award ${terms.number}`);
  document.text(
    `${terms.agency}: ${terms.title}. Principal investigator ${terms.pi}. ${terms.starts_on} to ${terms.ends_on}, total ${terms.total}.`,
    left,
    document.y,
    { width },
  );
  for (const rate of terms.rates)
    document.text(
      `Indirect cost of ${rate.class}: ${rate.exempt === null ? `${rate.percent} %` : `none, ${rate.exempt}`} (${rate.agreement}, from ${rate.dated}).`,
      left,
      document.y,
      { width },
    );
}

function notes(page: Page, statement: Statement): void {
  const { document, left, width } = page;
  title(page, "How to read it");
  const words = [
    "Movements are those that were booked in the period; what was served earlier shows its day of service. A statement that is complete does not change: what comes later is in a later one.",
    ...(statement.idle_rules.length === 0 ? ["No cluster has an overhead account; nodes that wait for work are charged to nobody."] : statement.idle_rules),
  ];
  for (const text of words) document.text(text, left, document.y, { width });
}

function lines(page: Page, { lines: all, zone, unit }: Statement): void {
  title(page, "Movements");
  const time = (iso: string) => wallTime(instant(Date.parse(iso)), zone);
  const columns = [
    { head: "booked", share: 15 },
    { head: "served", share: 15 },
    { head: "account", share: 16 },
    { head: "person", share: 12 },
    { head: "what", share: 30 },
    { head: unit, share: 18, right: true },
  ];
  table(
    page,
    columns,
    all.map((line) => [
      time(line.booked_at),
      time(line.served_at),
      line.account,
      line.person,
      line.section === "allocation" ? `${line.what}: ${line.why}` : line.what,
      line.amount,
    ]),
  );
}

function holds(page: Page, { reserved, unit }: Statement): void {
  if (reserved.count === 0) return;
  title(page, `Reserved at the end: ${reserved.count}${reserved.count > reserved.holds.length ? `, the largest ${reserved.holds.length}` : ""}`);
  const columns = [
    { head: "account", share: 20 },
    { head: "person", share: 14 },
    { head: "for", share: 42 },
    { head: unit, share: 18, right: true },
  ];
  table(
    page,
    columns,
    reserved.holds.map((hold) => [hold.account, hold.person, hold.subject, hold.amount]),
  );
}

/** On every page: which statement, of which account and period, and which page of how many. */
function feet({ document, left, width }: Page, statement: Statement): void {
  const { count } = document.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    document.switchToPage(index);
    document.page.margins.bottom = 0;
    const y = document.page.height - MARGIN - SMALL;
    const words = `Statement ${statement.number}   ${statement.account}   ${statement.from} to ${statement.to}`;
    document.font("plain").fontSize(SMALL).text(words, left, y, { lineBreak: false });
    const pages = `Page ${index + 1} of ${count}`;
    document.text(pages, left + width - document.widthOfString(pages), y, { lineBreak: false });
  }
}
