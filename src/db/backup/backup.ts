import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { instantToIso, Problem, type Clock } from "#kernel";
import type { Database } from "../database.ts";
import { fileProblem, syncFolder } from "../embedded/files.ts";
import { appliedMigrations } from "../migrate.ts";
import { packageVersion } from "../package-files.ts";
import { sealingGzip } from "./file.ts";
import { listSequences, listTables } from "./tables.ts";
import { tableRows } from "./table-hash.ts";
import { copyLine, END, HEADER, SEQUENCE, TABLE, type SequenceFacts, type TableFacts } from "./text.ts";

export type BackupOptions = {
  readonly file: string;
  readonly clock: Clock;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  readonly onTable?: (facts: TableFacts) => void;
};

export type BackupSummary = {
  readonly file: string;
  readonly bytes: number;
  readonly schemaVersion: number;
  readonly tables: readonly TableFacts[];
  readonly sequences: number;
};

/**
 * Writes everything that the schema holds, as it was at one moment, to one file; the server goes on working meanwhile. The file
 * appears whole or not at all. `db` must have no statement time-out (`statementTimeoutMs: 0`).
 * Throws Problems `db.backup-exists`, `db.nothing-to-back-up`, `state.disk-full`, `state.read-only`.
 */
export async function backup(db: Database, options: BackupOptions): Promise<BackupSummary> {
  const { file } = options;
  if (options.overwrite !== true && existsSync(file)) throw new Problem("db.backup-exists", { detail: `${file} is there already` });
  if (!existsSync(dirname(file))) throw new Problem("file.unreadable", { detail: `the folder ${dirname(file)} is not there` });
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    const summary = await db.transaction((tx) => writeSnapshot(tx, temporary, options), { isolation: "repeatable read", readOnly: true });
    await rename(temporary, file);
    await syncFolder(dirname(file));
    return { ...summary, file, bytes: (await stat(file)).size };
  } catch (error) {
    throw fileProblem(error, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

type Written = { schemaVersion: number; tables: TableFacts[]; sequences: number };

async function writeSnapshot(tx: Database, temporary: string, options: BackupOptions): Promise<Written> {
  const written: Written = { schemaVersion: 0, tables: [], sequences: 0 };
  const { gzip } = sealingGzip();
  // People's data and the hashes of their tokens are in it: for its owner's eyes.
  await pipeline(Readable.from(backupText(tx, options, written)), ...gzip, createWriteStream(temporary, { mode: 0o600 }));
  const file = await open(temporary, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return written;
}

async function* backupText(tx: Database, options: BackupOptions, written: Written): AsyncGenerator<Buffer> {
  // The first statement takes the snapshot of all others.
  const migrations = await appliedMigrations(tx);
  if (migrations.length === 0) throw new Problem("db.nothing-to-back-up", { detail: "the database has no schema of Headgate yet" });
  const [server] = await tx.query<{ version: string; database: string }>(
    "select current_setting('server_version') as version, current_database()::text as database",
  );
  const tables = await listTables(tx);
  written.schemaVersion = migrations.at(-1)!.number;
  yield line(HEADER, {
    format: 1,
    made_at: instantToIso(options.clock.now()),
    headgate: packageVersion,
    postgresql: server!.version,
    database: server!.database,
    migrations: migrations.map(({ number, name, checksum }) => ({ number, name, checksum })),
  });
  yield Buffer.from(`begin;\nset local session_replication_role = replica;\ntruncate ${tables.map((table) => table.name).join(", ")};\n`);
  for (const table of tables) {
    yield Buffer.from(`${copyLine(table.name, table.columns)}\n`);
    const facts = yield* tableRows(tx, table);
    yield Buffer.from("\\.\n");
    yield line(TABLE, facts);
    written.tables.push(facts);
    options.onTable?.(facts);
  }
  // Numbers are given outside of transactions: read last, no position can be before a row of the snapshot.
  const sequences = await listSequences(tx);
  written.sequences = sequences.length;
  for (const sequence of sequences) {
    yield line(SEQUENCE, sequence);
    yield Buffer.from(`${setSequence(sequence)};\n`);
  }
  yield Buffer.from("commit;\n");
  yield line(END, { tables: tables.length, sequences: sequences.length, rows: written.tables.reduce((sum, { rows }) => sum + rows, 0n) });
}

/** A sequence that has given no number yet begins at its start, all others after their last number. */
export function setSequence({ name, start, last }: SequenceFacts): string {
  return `select pg_catalog.setval('${name}', ${last ?? start}, ${last !== null})`;
}

function line(words: string, facts: object): Buffer {
  return Buffer.from(`${words}${JSON.stringify(facts, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`);
}
