import type { Instant } from "#kernel";
import type { Database } from "./database.ts";
import { appliedMigrations } from "./migrate.ts";
import { pendingMigrations, readMigrations } from "./migrations.ts";
import { migrationsFolder } from "./package-files.ts";

/** What there is to know about a database at a glance. */
export type DatabaseStatus = {
  readonly version: string;
  readonly database: string;
  readonly startedAt: Instant;
  /** Everything on disk that belongs to the database. */
  readonly sizeBytes: bigint;
  /** The last migration applied (0: none), the last one this Headgate knows, and how many are still to be applied. */
  readonly schemaVersion: number;
  readonly schemaKnown: number;
  readonly pending: number;
  readonly connections: number;
  readonly connectionsMax: number;
  /** The largest tables first; rows are PostgreSQL's estimate. */
  readonly tables: readonly { readonly name: string; readonly rowsAbout: bigint; readonly sizeBytes: bigint }[];
};

const TABLES_MAX = 20;

/** Throws Problems `db.schema-newer`, `db.migration-changed`. */
export async function databaseStatus(db: Database, folder: string = migrationsFolder): Promise<DatabaseStatus> {
  const [row] = await db.query<{ version: string; database: string; started_at: Instant; size: bigint; connections: number; connections_max: number }>({
    text: `select current_setting('server_version') as version, current_database()::text as database, pg_postmaster_start_time() as started_at,
      pg_database_size(current_database()) as size, current_setting('max_connections')::int as connections_max,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as connections`,
    readOnly: true,
  });
  const tables = await db.query<{ name: string; rows: bigint; size: bigint }>({
    text: `select relname::text as name, greatest(reltuples, 0)::int8 as rows, pg_total_relation_size(oid) as size
      from pg_class where relkind = 'r' and relnamespace = to_regnamespace('headgate') order by 3 desc, 1 limit ${TABLES_MAX}`,
    readOnly: true,
  });
  const known = readMigrations(folder);
  const applied = await appliedMigrations(db);
  return {
    version: row!.version,
    database: row!.database,
    startedAt: row!.started_at,
    sizeBytes: row!.size,
    schemaVersion: applied.at(-1)?.number ?? 0,
    schemaKnown: known.at(-1)?.number ?? 0,
    pending: pendingMigrations(known, applied, "the database").length,
    connections: row!.connections,
    connectionsMax: row!.connections_max,
    tables: tables.map(({ name, rows, size }) => ({ name, rowsAbout: rows, sizeBytes: size })),
  };
}
