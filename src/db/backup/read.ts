import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import { Problem } from "#kernel";
import { damaged } from "./file.ts";
import {
  END,
  endSchema,
  HEADER,
  headerSchema,
  parseCopyLine,
  SEQUENCE,
  sequenceSchema,
  splitText,
  TABLE,
  tableSchema,
  type BackupHeader,
  type Piece,
  type SequenceFacts,
  type TableFacts,
} from "./text.ts";

/** What a backup holds, in the order in which it stands in the file. */
export type Entry =
  | { readonly kind: "header"; readonly header: BackupHeader }
  /** `rows` must be read to its end before the next entry is asked for. */
  | { readonly kind: "table"; readonly name: string; readonly columns: readonly string[]; readonly rows: AsyncIterable<Buffer> }
  | { readonly kind: "table-facts"; readonly facts: TableFacts }
  | { readonly kind: "sequence"; readonly facts: SequenceFacts };

/**
 * Reads a backup entry by entry in bounded memory. Throws Problem `db.backup-damaged` when it is not one, or not whole; whoever acts
 * on entries before the end calls `checkSeal` first, or can take everything back.
 */
export async function* readEntries(path: string): AsyncGenerator<Entry> {
  const source = createReadStream(path);
  const text = source.pipe(createGunzip());
  source.once("error", (error) => text.destroy(error));
  const pieces = splitText(text as AsyncIterable<Buffer>);
  let [tables, sequences, rows, ended] = [0, 0, 0n, false];
  let header = false;
  try {
    for (;;) {
      const step = await pieces.next();
      if (step.done === true) break;
      if (step.value.kind !== "line") throw new Error("a table's rows were not read");
      const { line } = step.value;
      if (!header && !line.startsWith(HEADER)) throw new Error("it has no header");
      const copy = parseCopyLine(line);
      if (line.startsWith(HEADER)) {
        header = true;
        yield { kind: "header", header: parse(headerSchema, line, HEADER) };
      } else if (copy !== undefined) {
        yield { kind: "table", name: copy.table, columns: copy.columns, rows: rowsOf(pieces) };
      } else if (line.startsWith(TABLE)) {
        const facts = parse(tableSchema, line, TABLE);
        tables += 1;
        rows += facts.rows;
        yield { kind: "table-facts", facts };
      } else if (line.startsWith(SEQUENCE)) {
        sequences += 1;
        yield { kind: "sequence", facts: parse(sequenceSchema, line, SEQUENCE) };
      } else if (line.startsWith(END)) {
        const end = parse(endSchema, line, END);
        if (end.tables !== tables || end.sequences !== sequences || end.rows !== rows) throw new Error("its parts are not as many as its end says");
        ended = true;
      }
    }
    if (!ended) throw new Error("it has no end");
  } catch (error) {
    throw error instanceof Problem ? error : damaged(path, error instanceof Error ? error.message : String(error));
  } finally {
    source.destroy();
    text.destroy();
  }
}

async function* rowsOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<Buffer> {
  for (;;) {
    const step = await pieces.next();
    if (step.done === true) throw new Error("it ends in the middle of a table");
    if (step.value.kind === "data-end") return;
    if (step.value.kind === "data") yield step.value.chunk;
  }
}

function parse<S extends z.ZodType>(schema: S, line: string, words: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(line.slice(words.length));
  } catch {
    throw new Error(`its line "${words.trim()}" cannot be read`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`its line "${words.trim()}" is not as this Headgate writes it: ${parsed.error.issues[0]?.message ?? ""}`);
  return parsed.data;
}
