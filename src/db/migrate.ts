import { Problem, type Instant } from "#kernel";
import type { Database } from "./database.ts";
import { pendingMigrations, readMigrations, type AppliedMigration, type Migration } from "./migrations.ts";
import { migrationsFolder } from "./package-files.ts";
import { classifyFailure } from "./sql-state.ts";

export type MigrateOptions = {
  /** Another folder of migrations than the package's own. */
  readonly folder?: string;
  /** The last number to apply. */
  readonly upTo?: number;
  readonly onApplied?: (migration: Migration) => void;
};

/** The schema's own name in ASCII, so that no other program takes the same advisory lock by chance. */
const ADVISORY_LOCK = "x'6865616467617465'::bigint"; // "headgate"

/** A second process waits here while the first migrates; the longest migration has to fit in it. */
const WAIT_FOR_OTHER = "10min";

/**
 * Brings the schema up to date: each migration in its own transaction, its row first, under an advisory lock, so that any
 * number of processes may call this at once and a process may be killed anywhere. Gives the migrations that it applied.
 * Throws Problems `db.schema-newer`, `db.migration-changed`, `db.migration-missing`, `db.migration-failed`.
 */
export async function migrate(db: Database, options: MigrateOptions = {}): Promise<Migration[]> {
  const known = readMigrations(options.folder ?? migrationsFolder);
  const applied: Migration[] = [];
  for (;;) {
    const migration = await db.transaction((tx) => applyNext(tx, known, options.upTo ?? Number.MAX_SAFE_INTEGER));
    if (migration === undefined) return applied;
    applied.push(migration);
    options.onApplied?.(migration);
  }
}

/** What has been applied, in order; empty for a database that Headgate has never touched. */
export async function appliedMigrations(db: Database): Promise<AppliedMigration[]> {
  const [there] = await db.query<{ there: boolean }>({ text: "select to_regclass('headgate.migration') is not null as there", readOnly: true });
  if (there?.there !== true) return [];
  const rows = await db.query<{ number: number; name: string; checksum: string; applied_at: Instant }>({
    text: "select number, name, checksum, applied_at from headgate.migration order by number",
    readOnly: true,
  });
  return rows.map((row) => ({ number: row.number, name: row.name, checksum: row.checksum, appliedAt: row.applied_at }));
}

/** Keeps everybody else from changing the schema until the transaction ends. */
export async function lockSchema(tx: Database): Promise<void> {
  await tx.query(`set local statement_timeout = 0; set local lock_timeout = '${WAIT_FOR_OTHER}'`);
  await tx.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
}

async function applyNext(tx: Database, known: readonly Migration[], upTo: number): Promise<Migration | undefined> {
  await lockSchema(tx);
  await makeTable(tx);
  const [migration] = pendingMigrations(known, await appliedMigrations(tx), "the database");
  if (migration === undefined || migration.number > upTo) return undefined;
  const [before] = await tx.query<{ xid: string }>(
    "insert into headgate.migration (number, name, checksum) values ($1, $2, $3) returning pg_current_xact_id()::text as xid",
    [migration.number, migration.name, migration.checksum],
  );
  await runMigration(tx, migration);
  const [after] = await tx.query<{ xid: string | null }>("select pg_current_xact_id_if_assigned()::text as xid");
  if (before?.xid !== after?.xid)
    throw new Problem("db.migration-failed", { detail: `migration ${migration.number} (${migration.name}) ended the transaction it runs in` });
  return migration;
}

/** Where the schema is there already (made by an administrator for us), the right to create schemas is not needed. */
async function makeTable(tx: Database): Promise<void> {
  const [found] = await tx.query<{ schema: boolean; table: boolean }>(
    "select to_regnamespace('headgate') is not null as schema, to_regclass('headgate.migration') is not null as table",
  );
  if (found?.schema !== true) await tx.query("create schema headgate");
  if (found?.table === true) return;
  await tx.query(`create table headgate.migration (
    number integer primary key check (number > 0),
    name text not null,
    checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default now()
  )`);
}

async function runMigration(tx: Database, migration: Migration): Promise<void> {
  try {
    await tx.query(migration.sql);
  } catch (error) {
    // Anything that a repetition can cure (a server that restarted, a deadlock) is repeated by the transaction around this.
    if (classifyFailure(error) !== "statement") throw error;
    const place = lineOf(migration.sql, error);
    const words = error instanceof Error ? error.message : String(error);
    throw new Problem("db.migration-failed", { detail: `migration ${migration.number} (${migration.name})${place}: ${words}`, cause: error });
  }
}

function lineOf(sql: string, error: unknown): string {
  const position = typeof error === "object" && error !== null && "position" in error ? Number(error.position) : Number.NaN;
  return Number.isNaN(position) ? "" : `, line ${sql.slice(0, position - 1).split("\n").length}`;
}
