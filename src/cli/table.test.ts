import { describe, expect, test } from "vitest";
import { styleFor } from "./style.ts";
import { renderPairs, renderTable, type Column } from "./table.ts";
import { widthOf } from "./width.ts";

type Row = { readonly job: string; readonly name: string; readonly charged: string };

const ROWS: readonly Row[] = [
  { job: "9", name: "silicon-scf", charged: "$0.000072" },
  { job: "1841", name: "\u5730\u7403 model", charged: "$1,234.50" },
];

const COLUMNS: readonly Column<Row>[] = [
  { head: "job", cell: (row) => row.job, align: "right" },
  { head: "name", cell: (row) => row.name, minimum: 6 },
  { head: "charged", cell: (row) => row.charged, align: "right" },
];

const plain = styleFor(false);

describe("tables", () => {
  test("numbers stand right, wide characters keep the columns straight", () => {
    expect(renderTable(ROWS, COLUMNS, { style: plain, columns: null })).toBe(
      [" job  name           charged", "   9  silicon-scf  $0.000072", "1841  \u5730\u7403 model   $1,234.50", ""].join("\n"),
    );
  });

  test("on a narrow terminal the column that may give is cut, figures never", () => {
    const text = renderTable(ROWS, COLUMNS, { style: plain, columns: 24 });
    for (const line of text.trimEnd().split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(24);
    expect(text).toContain("$0.000072");
    expect(text).toContain("silico\u2026");
  });

  test("nothing is cut where nobody looks", () => {
    const long = [{ job: "1", name: "x".repeat(500), charged: "$1.00" }];
    expect(renderTable(long, COLUMNS, { style: plain, columns: null })).toContain("x".repeat(500));
  });

  test("a column with neither head nor content is left out", () => {
    const columns: Column<Row>[] = [
      { head: "job", cell: (row) => row.job },
      { head: "", cell: () => "" },
    ];
    expect(renderTable(ROWS, columns, { style: plain, columns: null })).toBe("job\n9\n1841\n");
  });

  test("colours change no width", () => {
    const columns: Column<Row>[] = [
      { head: "name", cell: (row) => row.name, paint: (words) => styleFor(true).red(words) },
      { head: "x", cell: () => "x" },
    ];
    const bare = renderTable(
      ROWS,
      columns.map(({ paint: _paint, ...column }) => column),
      { style: plain, columns: null },
    );
    const escape = String.fromCharCode(27);
    expect(renderTable(ROWS, columns, { style: plain, columns: null }).replaceAll(new RegExp(`${escape}\\[\\d+m`, "g"), "")).toBe(bare);
  });
});

describe("names and values", () => {
  test("stand below each other; a value of several lines hangs; what has no value is left out", () => {
    expect(
      renderPairs(
        [
          ["state", "running"],
          ["retry of", null],
          ["files", "a.out\nb.out"],
          ["empty", ""],
        ],
        plain,
      ),
    ).toBe("state  running\nfiles  a.out\n       b.out\n");
  });
});
