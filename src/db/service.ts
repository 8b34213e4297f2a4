import { elapsed, type Clock } from "#kernel";
import { backup, type BackupOptions, type BackupSummary } from "./backup/backup.ts";
import { describeBackup, restore, type RestoreSummary } from "./backup/restore.ts";
import type { TableFacts } from "./backup/text.ts";
import { currentUrl, describeUrl, type UrlSource } from "./connection.ts";
import type { Database } from "./database.ts";
import { noteRun } from "./last-run.ts";
import { migrate } from "./migrate.ts";
import type { Migration } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { databaseStatus, type DatabaseStatus } from "./status.ts";
import { schemaVerifications, verify, type Verification, type VerificationResult } from "./verify.ts";

/** What the commands about the database need. */
export type DatabasePlace = {
  readonly url: UrlSource;
  /** Where the embedded server keeps its data; null when the database was given by a URL. */
  readonly dataFolder: string | null;
  readonly clock: Clock;
};

/** What `headgate db` does. Each command has a connection of its own without time limits: a large backup takes what it takes. */
export type DatabaseService = {
  migrate(onApplied?: (migration: Migration) => void): Promise<Migration[]>;
  status(): Promise<DatabaseStatus & { readonly where: string; readonly dataFolder: string | null }>;
  backup(file: string, options?: { overwrite?: boolean; onTable?: (facts: TableFacts) => void }): Promise<BackupSummary>;
  /** What a backup file holds, having checked all of it. */
  describe(file: string): Promise<Omit<RestoreSummary, "migrated">>;
  restore(file: string, options?: { replace?: boolean; onTable?: (facts: TableFacts) => void }): Promise<RestoreSummary>;
  /** The checks of the schema, then those that the rooms give. */
  verify(ofRooms: readonly Verification[]): Promise<VerificationResult[]>;
};

/** The checks go on beside each other on two. */
export const VERIFY_CONNECTIONS = 2;

export function databaseService(place: DatabasePlace): DatabaseService {
  return {
    migrate: (onApplied) => withoutTimeLimit(place.url, (db) => migrate(db, onApplied === undefined ? {} : { onApplied })),
    status: () =>
      withoutTimeLimit(place.url, async (db) => ({ ...(await databaseStatus(db)), where: describeUrl(currentUrl(place.url)), dataFolder: place.dataFolder })),
    backup: (file, options = {}) => withoutTimeLimit(place.url, (db) => backUp(db, place.clock, { file, clock: place.clock, ...options })),
    describe: describeBackup,
    restore: (file, options = {}) => withoutTimeLimit(place.url, (db) => restore(db, { file, ...options })),
    verify: (ofRooms) => withoutTimeLimit(place.url, (db) => verifyAll(db, ofRooms, place.clock), VERIFY_CONNECTIONS),
  };
}

/** A backup, and a note for the metrics that it was made. */
async function backUp(db: Database, clock: Clock, options: BackupOptions): Promise<BackupSummary> {
  const began = clock.now();
  const summary = await backup(db, options);
  await noteRun(db, "backup", { at: clock.now(), took: elapsed(began, clock.now()), fault: null });
  return summary;
}

/** The checks of the schema and of the rooms, with a note for the metrics of what they found. */
export async function verifyAll(db: Database, ofRooms: readonly Verification[], clock: Clock): Promise<VerificationResult[]> {
  const began = clock.now();
  const results = await verify(db, [...schemaVerifications(), ...ofRooms]);
  await noteRun(db, "verify", { at: clock.now(), took: elapsed(began, clock.now()), fault: faultOf(results) });
  return results;
}

/** What was found as one text, null when nothing was. */
function faultOf(results: readonly VerificationResult[]): string | null {
  const faults = results.flatMap((result) => result.faults);
  return faults.length === 0 ? null : `${faults.length} at least: ${faults.join("; ")}`;
}

/** Runs `work` on a database of its own that has no time limits. */
export async function withoutTimeLimit<T>(url: UrlSource, work: (db: Database) => Promise<T>, connectionsMax = 1): Promise<T> {
  const db = await openDatabase({ url, connectionsMax, statementTimeoutMs: 0, applicationName: "headgate db" });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
