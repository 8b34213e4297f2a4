import type { Style } from "./style.ts";
import { fit, padEnd, padStart, widthOf } from "./width.ts";

/**
 * The one style of tables: a head of small words, two spaces between columns, no lines drawn. Columns that hold numbers stand right.
 * On a terminal the column that can give most gives way when the line would not fit; elsewhere nothing is ever cut.
 */
export type Column<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly align?: "left" | "right";
  /** Colours the cell after it was measured and cut. */
  readonly paint?: (text: string, row: Row) => string;
  /** May be cut down to this many columns; without it the column keeps its width. */
  readonly minimum?: number;
};

const GAP = "  ";

export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: { style: Style; columns: number | null }): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const shown = columns.map((_column, index) => index).filter((index) => columns[index]!.head !== "" || cells.some((line) => line[index] !== ""));
  const widths = new Map(shown.map((index) => [index, Math.max(widthOf(columns[index]!.head), ...cells.map((line) => widthOf(line[index]!)))]));
  if (options.columns !== null) narrow(widths, columns, options.columns);
  const last = shown.at(-1);
  function line(texts: readonly string[], paint: (text: string, index: number) => string): string {
    const parts = shown.map((index) => {
      const width = widths.get(index)!;
      const text = fit(texts[index]!, width);
      const padded = columns[index]!.align === "right" ? padStart(text, width) : index === last ? text : padEnd(text, width);
      return paint(padded, index);
    });
    return parts.join(GAP).trimEnd();
  }
  const head = columns.some((column) => column.head !== "")
    ? [
        line(
          columns.map((column) => column.head),
          (text) => options.style.dim(text),
        ),
      ]
    : [];
  const body = cells.map((texts, row) => line(texts, (text, index) => columns[index]!.paint?.(text, rows[row]!) ?? text));
  return [...head, ...body].map((one) => `${one}\n`).join("");
}

/** Takes columns from the widest that may give, one by one, until the line fits or nobody can give any more. */
function narrow<Row>(widths: Map<number, number>, columns: readonly Column<Row>[], available: number): void {
  const total = () => [...widths.values()].reduce((sum, width) => sum + width, 0) + GAP.length * (widths.size - 1);
  for (let excess = total() - available; excess > 0; excess = total() - available) {
    let widest: number | undefined;
    for (const [index, width] of widths) {
      if (width > (columns[index]!.minimum ?? Infinity) && (widest === undefined || width > widths.get(widest)!)) widest = index;
    }
    if (widest === undefined) return;
    widths.set(widest, widths.get(widest)! - 1);
  }
}

/** Names and values one below the other, as in `job status`; pairs without a value are left out. */
export function renderPairs(pairs: readonly (readonly [name: string, value: string | null])[], style: Style, indent = ""): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null && pair[1] !== "");
  const width = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  return shown
    .map(([name, value]) => {
      const [first, ...rest] = value.split("\n");
      const hang = indent + " ".repeat(width + GAP.length);
      return [`${indent}${style.dim(padEnd(name, width))}${GAP}${first}`, ...rest.map((line) => hang + line)].map((line) => `${line.trimEnd()}\n`).join("");
    })
    .join("");
}
