import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { Problem } from "#kernel";
import type { Database } from "../database.ts";
import { appliedMigrations, lockSchema, migrate } from "../migrate.ts";
import { pendingMigrations, readMigrations, type Migration } from "../migrations.ts";
import { migrationsFolder } from "../package-files.ts";
import { clientOf } from "../transaction.ts";
import { setSequence } from "./backup.ts";
import { withoutGuards } from "./guards.ts";
import { checkSeal, damaged } from "./file.ts";
import { readEntries, type Entry } from "./read.ts";
import { tableFacts } from "./table-hash.ts";
import { listSequences, listTables, type Table } from "./tables.ts";
import type { BackupHeader, SequenceFacts, TableFacts } from "./text.ts";

/** Far above what a migration brings along. */
const ROWS_BROUGHT_MAX = 1_000_000n;

export type RestoreOptions = {
  readonly file: string;
  /** Replaces what is in the database. Without it a database with rows is refused. */
  readonly replace?: boolean;
  /** Another folder of migrations than the package's own. */
  readonly folder?: string;
  readonly onTable?: (facts: TableFacts) => void;
};

export type RestoreSummary = {
  readonly header: BackupHeader;
  readonly tables: readonly TableFacts[];
  readonly sequences: number;
  /** Migrations applied after the rows were back, when the backup was of an older schema. */
  readonly migrated: readonly Migration[];
};

/**
 * Puts a backup back, in one transaction: the database is afterwards as it was, or is untouched. The file is checked byte for byte before
 * anything is done, and every table is read back and compared with it before the commit. A backup of an older schema is restored into
 * that and then migrated. `db` must have no statement time-out (`statementTimeoutMs: 0`).
 * Throws Problems `db.backup-damaged`, `db.not-empty`, `db.schema-newer`, `db.migration-changed`, `file.unreadable`.
 */
export async function restore(db: Database, options: RestoreOptions): Promise<RestoreSummary> {
  await checkSeal(options.file);
  return await db.transaction((tx) => restoreInto(tx, options));
}

/** What a backup file holds. Throws Problems `db.backup-damaged`, `file.unreadable`. */
export async function describeBackup(file: string): Promise<Omit<RestoreSummary, "migrated">> {
  await checkSeal(file);
  let header: BackupHeader | undefined;
  const tables: TableFacts[] = [];
  let sequences = 0;
  for await (const entry of readEntries(file)) {
    if (entry.kind === "header") header = entry.header;
    if (entry.kind === "table") for await (const chunk of entry.rows) void chunk;
    if (entry.kind === "table-facts") tables.push(entry.facts);
    if (entry.kind === "sequence") sequences += 1;
  }
  if (header === undefined) throw damaged(file, "it has no header");
  return { header, tables, sequences };
}

async function restoreInto(tx: Database, options: RestoreOptions): Promise<RestoreSummary> {
  const known = readMigrations(options.folder ?? migrationsFolder);
  const entries = readEntries(options.file);
  try {
    const header = await headerOf(entries, options.file);
    pendingMigrations(known, header.migrations, "the backup");
    await lockSchema(tx);
    await tx.query("set local lock_timeout = '30s'");
    await prepareSchema(tx, header, known, options);
    const loaded = await load(tx, entries, options);
    const migrated = await migrate(tx, folderOf(options));
    return { header, ...loaded, migrated };
  } finally {
    await entries.return(undefined);
  }
}

async function headerOf(entries: AsyncGenerator<Entry>, file: string): Promise<BackupHeader> {
  const first = await entries.next();
  if (first.done === true || first.value.kind !== "header") throw damaged(file, "it has no header");
  return first.value.header;
}

/** Leaves the schema exactly as the backup's was, and empty. */
async function prepareSchema(tx: Database, header: BackupHeader, known: readonly Migration[], options: RestoreOptions): Promise<void> {
  const applied = await appliedMigrations(tx);
  if (applied.length > 0 && options.replace !== true) await refuseRows(tx, applied.at(-1)!.number, options);
  const newest = header.migrations.at(-1)?.number ?? 0;
  const same = applied.length === header.migrations.length && pendingMigrations(known, applied, "the database").length === known.length - applied.length;
  if (applied.length > 0 && !same) await tx.query("drop schema headgate cascade");
  await migrate(tx, { upTo: newest, ...folderOf(options) });
}

/**
 * Empty is a database that holds nothing but what its migrations brought. How much that is, is found by building the schema anew
 * inside a savepoint.
 */
async function refuseRows(tx: Database, version: number, options: RestoreOptions): Promise<void> {
  await tx.query("savepoint as_migrated");
  await tx.query("drop schema headgate cascade");
  await migrate(tx, { upTo: version, ...folderOf(options) });
  const brought = new Map<string, bigint>();
  for (const { name } of await listTables(tx)) brought.set(name, await countRows(tx, name, ROWS_BROUGHT_MAX));
  await tx.query("rollback to savepoint as_migrated");
  for (const { name } of await listTables(tx)) {
    const own = brought.get(name) ?? 0n;
    if ((await countRows(tx, name, own + 1n)) > own) throw new Problem("db.not-empty", { detail: `the table ${name} has rows of its own already` });
  }
}

async function countRows(tx: Database, name: string, upTo: bigint): Promise<bigint> {
  const [row] = await tx.query<{ rows: bigint }>(`select count(*) as rows from (select from ${name} limit ${upTo}) counted`);
  return row?.rows ?? 0n;
}

function folderOf(options: RestoreOptions): { folder?: string } {
  return options.folder === undefined ? {} : { folder: options.folder };
}

async function load(tx: Database, entries: AsyncGenerator<Entry>, options: RestoreOptions): Promise<{ tables: TableFacts[]; sequences: number }> {
  const tables = new Map((await listTables(tx)).map((table) => [table.name, table]));
  const sequences = new Map((await listSequences(tx)).map((sequence) => [sequence.name, sequence]));
  await tx.query("set local idle_in_transaction_session_timeout = 0");
  const loaded = await withoutGuards(tx, () => loadRows(tx, entries, tables, options));
  for (const sequence of loaded.sequences) {
    if (!sequences.delete(sequence.name)) throw damaged(options.file, `it has a sequence ${sequence.name} that its schema has not`);
    // setval is not undone by a rollback; on the new storage that RESTART gives the sequence in this transaction it is.
    await tx.query(`alter sequence ${sequence.name} restart`);
    await tx.query(setSequence(sequence));
  }
  const missing = [...[...tables.keys()].filter((name) => !loaded.tables.some((facts) => facts.name === name)), ...sequences.keys()];
  if (missing.length > 0) throw damaged(options.file, `it lacks ${missing.join(", ")}`);
  await refreshViews(tx);
  return { tables: loaded.tables, sequences: loaded.sequences.length };
}

async function loadRows(
  tx: Database,
  entries: AsyncGenerator<Entry>,
  tables: ReadonlyMap<string, Table>,
  options: RestoreOptions,
): Promise<{ tables: TableFacts[]; sequences: SequenceFacts[] }> {
  const loaded: { tables: TableFacts[]; sequences: SequenceFacts[] } = { tables: [], sequences: [] };
  if (tables.size > 0) await tx.query(`truncate ${[...tables.keys()].join(", ")}`);
  let current: Table | undefined;
  for (;;) {
    const step = await entries.next();
    if (step.done === true) return loaded;
    const entry = step.value;
    if (entry.kind === "table") {
      current = tables.get(entry.name);
      if (current === undefined || current.columns.join() !== entry.columns.join())
        throw damaged(options.file, `its table ${entry.name} is not the one of its schema`);
      const { name, columns } = current;
      const copy = clientOf(tx).query(copyFrom(`copy ${name} (${columns.map((column) => `"${column}"`).join(", ")}) from stdin`));
      await pipeline(Readable.from(entry.rows), copy);
    } else if (entry.kind === "table-facts") {
      await compare(tx, current, entry.facts, options.file);
      loaded.tables.push(entry.facts);
      options.onTable?.(entry.facts);
    } else if (entry.kind === "sequence") {
      loaded.sequences.push(entry.facts);
    }
  }
}

/** Reads a table back: what the database holds now is what was written into the file then, or nothing is restored. */
async function compare(tx: Database, table: Table | undefined, expected: TableFacts, file: string): Promise<void> {
  if (table?.name !== expected.name) throw damaged(file, `its facts about ${expected.name} do not follow its rows`);
  const found = await tableFacts(tx, table);
  if (found.rows !== expected.rows || found.sha256 !== expected.sha256)
    throw damaged(file, `the rows of ${expected.name} do not have the checksum that it names`);
}

async function refreshViews(tx: Database): Promise<void> {
  const views = await tx.query<{ name: string }>(
    "select oid::regclass::text as name from pg_class where relkind = 'm' and relnamespace = 'headgate'::regnamespace order by oid",
  );
  for (const { name } of views) await tx.query(`refresh materialized view ${name}`);
}
