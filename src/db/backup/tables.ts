import { invariant } from "#kernel";
import type { Database } from "../database.ts";
import type { SequenceFacts } from "./text.ts";

/** A table as a backup sees it. Names are plain lower case: `headgate.account`. */
export type Table = {
  readonly name: string;
  /** Those that hold something: generated columns are computed again. */
  readonly columns: readonly string[];
  /** An ORDER BY that gives the same order on every server, whatever its collation. */
  readonly order: string;
};

const PLAIN = /^[a-z_][a-z0-9_]*$/;

/**
 * All tables of the schema that hold rows (leaf partitions, not their parents), in the order of their names. When this database was last looked at and copied is no part of what
 * it holds: a restored one has been neither.
 */
export async function listTables(db: Database): Promise<Table[]> {
  const rows = await db.query<{ name: string; columns: string[]; key: string[] | null; collated: boolean[] | null }>(`
    select c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      (select array_agg(a.attname::text order by k.place) from pg_index i
        cross join lateral unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisprimary) as key,
      (select array_agg(a.attcollation <> 0 order by k.place) from pg_index i
        cross join lateral unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisprimary) as collated
    from pg_class c
    where c.relnamespace = 'headgate'::regnamespace and c.relkind = 'r' and c.relname <> 'last_run'
    order by c.relname collate "C"`);
  return rows.map((row) => {
    for (const name of [row.name, ...row.columns]) invariant(PLAIN.test(name), `"${name}" is a plain lower-case name`);
    // Without a key the order of all columns as texts is still a total order of what can be told apart.
    const order =
      row.key === null
        ? row.columns.map((name) => `"${name}"::text collate "C"`)
        : row.key.map((name, index) => `"${name}"${row.collated?.[index] === true ? ' collate "C"' : ""}`);
    return { name: `headgate.${row.name}`, columns: row.columns, order: order.join(", ") };
  });
}

/** All sequences of the schema, those of identity columns too, with the last number given. */
export async function listSequences(db: Database): Promise<SequenceFacts[]> {
  const rows = await db.query<{ name: string; start: string; last: string | null }>(`
    select sequencename as name, start_value::text as start, last_value::text as last
    from pg_sequences where schemaname = 'headgate' order by sequencename collate "C"`);
  for (const { name } of rows) invariant(PLAIN.test(name), `"${name}" is a plain lower-case name`);
  return rows.map((row) => ({ name: `headgate.${row.name}`, start: row.start, last: row.last }));
}

/** The COPY that gives a table's rows; its text is what a table's SHA-256 is taken of. */
export function copyOut({ name, columns, order }: Table): string {
  return `copy (select ${columns.map((column) => `"${column}"`).join(", ")} from ${name} order by ${order}) to stdout`;
}
