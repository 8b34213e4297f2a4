import { createHash } from "node:crypto";
import { to as copyTo } from "pg-copy-streams";
import { invariant } from "#kernel";
import type { Database } from "../database.ts";
import { clientOf, cutConnection } from "../transaction.ts";
import { copyOut, type Table } from "./tables.ts";
import type { TableFacts } from "./text.ts";

/**
 * Streams a table's rows in COPY's text format and gives its facts at the end. Inside a transaction only. A reader that stops in the
 * middle ends the connection, because PostgreSQL cannot be told to stop a COPY out.
 */
export async function* tableRows(tx: Database, table: Table): AsyncGenerator<Buffer, TableFacts> {
  const client = clientOf(tx);
  const stream = client.query(copyTo(copyOut(table)));
  const hash = createHash("sha256");
  let bytes = 0n;
  let whole = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += BigInt(chunk.length);
      yield chunk;
    }
    whole = true;
  } finally {
    if (!whole) cutConnection(client);
  }
  return { name: table.name, rows: BigInt(stream.rowCount), bytes, sha256: hash.digest("hex") };
}

/** The facts of a table as it is now. Inside a transaction only. */
export async function tableFacts(tx: Database, table: Table): Promise<TableFacts> {
  const rows = tableRows(tx, table);
  for (;;) {
    const step = await rows.next();
    if (step.done === true) return step.value;
    invariant(Buffer.isBuffer(step.value), "COPY gives bytes");
  }
}
