import { z } from "zod";

/*
 * The text of a backup, format 1: an SQL script for psql, with facts for us in comments.
 *
 *   -- Headgate backup {"format":1, ...}              the header
 *   begin; ... truncate ...;                          for psql only; we do not read it
 *   COPY headgate.account (id, name) FROM stdin;      a table: its rows in COPY's text format, in the order of the primary key
 *   ...
 *   \.
 *   -- table {"name":"headgate.account", ...}         how many rows, bytes and which SHA-256 the table has
 *   -- sequence {"name":"headgate.job_number_seq", ...}
 *   select pg_catalog.setval(...);                    for psql only
 *   commit;                                           for psql only
 *   -- end {"tables":1, ...}
 *
 * A restore by Headgate runs no SQL of the file: it takes the facts from the comments and hands the rows to COPY, so that a file
 * from somebody else can bring wrong data but not do anything. Without Headgate, `zcat file | psql` fills a schema of the same version.
 */

export const HEADER = "-- Headgate backup ";
export const TABLE = "-- table ";
export const SEQUENCE = "-- sequence ";
export const END = "-- end ";

/** Counts are texts, because they are int8. */
const count = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);
const qualified = z.string().regex(/^headgate\.[a-z_][a-z0-9_]*$/);

export const headerSchema = z.object({
  format: z.literal(1),
  made_at: z.iso.datetime(),
  headgate: z.string().max(100),
  postgresql: z.string().max(100),
  database: z.string().max(200),
  migrations: z.array(z.object({ number: z.int().min(1), name: z.string().max(200), checksum: z.string().regex(/^[0-9a-f]{64}$/) })).max(100_000),
});

export const tableSchema = z.object({ name: qualified, rows: count, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) });
/** `last` is null for a sequence that has given no number yet. */
export const sequenceSchema = z.object({
  name: qualified,
  start: z.string().regex(/^-?\d{1,19}$/),
  last: z
    .string()
    .regex(/^-?\d{1,19}$/)
    .nullable(),
});
export const endSchema = z.object({ tables: z.int().min(0), sequences: z.int().min(0), rows: count });

export type BackupHeader = z.output<typeof headerSchema>;
export type TableFacts = z.output<typeof tableSchema>;
export type SequenceFacts = z.output<typeof sequenceSchema>;

/** Column names are quoted, table names never: they are plain lower case, as `qualified` demands. */
const COPY_LINE = /^COPY (headgate\.[a-z_][a-z0-9_]*) \(("[a-z_][a-z0-9_]*"(?:, "[a-z_][a-z0-9_]*")*)\) FROM stdin;$/;

export function copyLine(table: string, columns: readonly string[]): string {
  return `COPY ${table} (${columns.map((name) => `"${name}"`).join(", ")}) FROM stdin;`;
}

/** The table and the column list of a COPY line; undefined for any other line. */
export function parseCopyLine(line: string): { table: string; columns: string[] } | undefined {
  const match = COPY_LINE.exec(line);
  if (match === null) return undefined;
  return { table: match[1]!, columns: match[2]!.split(", ").map((name) => name.slice(1, -1)) };
}

/** A piece of the text: a line outside the tables' data, or a part of a table's data. */
export type Piece = { readonly kind: "line"; readonly line: string } | { readonly kind: "data"; readonly chunk: Buffer } | { readonly kind: "data-end" };

/** Lines that we wrote are far shorter; the header has one entry for each migration. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;

const TERMINATOR = Buffer.from("\n\\.\n");

/**
 * Splits the text into its pieces, in memory bounded by a chunk however long a row is. Within a table the data ends at a line that
 * is `\.`; COPY writes every backslash of a value twice, so no row can look like it. Throws a plain Error when the text is not whole.
 */
export async function* splitText(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  let mode: "lines" | "table-start" | "table" = "lines";
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (mode === "lines") {
        const line = takeLine(rest);
        if (line === undefined) break;
        rest = rest.subarray(line.bytes);
        yield { kind: "line", line: line.text };
        if (parseCopyLine(line.text) === undefined) continue;
        mode = "table-start";
        // Stands for the line break before the first row, so that the end mark of an empty table is found like any other.
        rest = Buffer.concat([Buffer.from("\n"), rest]);
      }
      const end = rest.indexOf(TERMINATOR);
      // Certainly data: all before the end mark, or all but what may be the beginning of one.
      const certain: number = end >= 0 ? end + 1 : Math.max(0, rest.length - (TERMINATOR.length - 1));
      const from: number = mode === "table-start" ? 1 : 0;
      if (certain > from) yield { kind: "data", chunk: rest.subarray(from, certain) };
      if (certain > 0) mode = "table";
      rest = rest.subarray(end >= 0 ? end + TERMINATOR.length : certain);
      if (end < 0) break;
      mode = "lines";
      yield { kind: "data-end" };
    }
  }
  if (mode !== "lines" || rest.length > 0) throw new Error("it ends in the middle of a line or a table");
}

function takeLine(rest: Buffer): { text: string; bytes: number } | undefined {
  const end = rest.indexOf(0x0a);
  if (end < 0 && rest.length > LINE_BYTES_MAX) throw new Error("one of its lines is too long");
  return end < 0 ? undefined : { text: rest.toString("utf8", 0, end), bytes: end + 1 };
}
