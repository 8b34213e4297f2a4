export { openDatabase, type DatabaseOptions, type OpenDatabase, type PoolState } from "./open-database.ts";
export type { Database, OnNotify, Statement, TransactionOptions } from "./database.ts";
export { brokenConstraint, sqlState } from "./sql-state.ts";
export { appliedMigrations, migrate, type MigrateOptions } from "./migrate.ts";
export { readMigrations, type AppliedMigration, type Migration } from "./migrations.ts";
export { loadSql, loadStatement, migrationsFolder, packageRoot } from "./package-files.ts";
export { startEmbedded, stopEmbedded, type EmbeddedOptions, type EmbeddedProgress, type EmbeddedServer } from "./embedded/server.ts";
export type { Supervision } from "./embedded/supervisor.ts";
export { takeSessionLock, type SessionLock, type SessionLockOptions } from "./session-lock.ts";
