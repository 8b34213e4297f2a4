import { Problem } from "#kernel";
import type { Database } from "./database.ts";
import { appliedMigrations } from "./migrate.ts";
import { pendingMigrations, readMigrations } from "./migrations.ts";
import { migrationsFolder } from "./package-files.ts";
import { classifyFailure } from "./sql-state.ts";

/**
 * Something that must be true of the stored data. A room that keeps a promise in its tables (the journal adds up) gives one; it says how many
 * things it looked at, and one sentence for each that is wrong.
 */
export type Verification = {
  /** What is promised, e.g. "every transaction of the journal adds up to zero". */
  readonly name: string;
  run(db: Database): Promise<{ readonly checked: bigint; readonly faults: readonly string[] }>;
};

export type VerificationResult = {
  readonly name: string;
  readonly checked: bigint;
  readonly faults: readonly string[];
  /** Faults beyond those named. */
  readonly more: number;
  readonly elapsedMs: number;
};

/** As many as a person reads; one broken rule often breaks every row. */
const FAULTS_MAX = 100;

/**
 * Runs the checks on one snapshot of the data, while the server goes on working: on two connections, as long as there is a second one to be had.
 * A check that cannot be run is a fault. `db` must have no statement time-out (`statementTimeoutMs: 0`).
 */
export async function verify(db: Database, verifications: readonly Verification[]): Promise<VerificationResult[]> {
  return await db.transaction(
    async (tx) => {
      const queue = [...verifications.entries()];
      const results = new Map<number, VerificationResult>();
      const work = async (on: Database) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.set(next[0], await runOne(on, next[1]));
      };
      const helper = help(db, tx, () => queue.length > 0, work);
      await work(tx);
      await helper.ended();
      // What the second connection had begun and could not end.
      for (const [index, verification] of verifications.entries()) if (!results.has(index)) results.set(index, await runOne(tx, verification));
      return verifications.map((_verification, index) => results.get(index)!);
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

/** Works on a second connection with the snapshot of the first. `ended` does not wait for one that has not got a connection yet, nor fail with it. */
function help(db: Database, first: Database, needed: () => boolean, work: (on: Database) => Promise<void>): { ended(): Promise<void> } {
  let begun = false;
  const helping = (async () => {
    const [row] = await first.query<{ snapshot: string }>("select pg_export_snapshot() as snapshot");
    await db.transaction(
      async (tx) => {
        if (!needed()) return;
        begun = true;
        await tx.query(`set transaction snapshot '${row?.snapshot ?? ""}'`);
        await work(tx);
      },
      { isolation: "repeatable read", readOnly: true },
    );
  })().catch(() => undefined);
  return { ended: () => (begun ? helping : Promise.resolve()) };
}

async function runOne(tx: Database, verification: Verification): Promise<VerificationResult> {
  const started = performance.now();
  const { checked, faults } = await tx
    .transaction((inner) => verification.run(inner))
    .catch((error: unknown) => {
      // What a repetition cures is repeated by the transaction around all checks.
      if (error instanceof Problem || classifyFailure(error) !== "statement") throw error;
      return { checked: 0n, faults: [`the check could not be run: ${error instanceof Error ? error.message : String(error)}`] };
    });
  return {
    name: verification.name,
    checked,
    faults: faults.slice(0, FAULTS_MAX),
    more: Math.max(0, faults.length - FAULTS_MAX),
    elapsedMs: Math.round(performance.now() - started),
  };
}

/** What must be true of the schema itself, whatever the rooms keep in it. */
export function schemaVerifications(folder: string = migrationsFolder): Verification[] {
  return [
    { name: "the migrations applied are those of this Headgate", run: (db) => verifyMigrations(db, folder) },
    sqlVerification("every constraint is enforced for every row", UNVALIDATED),
    sqlVerification("no trigger is switched off", DISABLED_TRIGGERS),
    sqlVerification("every index is whole", INVALID_INDEXES),
    { name: "no sequence is behind its column", run: verifySequences },
    sqlVerification("no page of the database has failed its checksum", FAILED_CHECKSUMS),
  ];
}

async function verifyMigrations(db: Database, folder: string): Promise<{ checked: bigint; faults: string[] }> {
  const applied = await appliedMigrations(db);
  const faults: string[] = [];
  try {
    const pending = pendingMigrations(readMigrations(folder), applied, "the database");
    for (const { number, name } of pending) faults.push(`migration ${number} (${name}) has not been applied`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    faults.push(error.detail);
  }
  return { checked: BigInt(applied.length), faults };
}

/** A check in SQL: rows of (what was looked at, what is wrong with it or null). */
function sqlVerification(name: string, text: string): Verification {
  return {
    name,
    run: async (db) => {
      const rows = await db.query<{ fault: string | null }>(text);
      return { checked: BigInt(rows.length), faults: rows.flatMap(({ fault }) => (fault === null ? [] : [fault])) };
    },
  };
}

const UNVALIDATED = `
  select case when not convalidated then format('constraint %s of %s has not been checked', conname, coalesce(conrelid::regclass::text, 'a domain'))
    when not conenforced then format('constraint %s of %s is not enforced', conname, conrelid::regclass) end as fault
  from pg_constraint where connamespace = 'headgate'::regnamespace`;

const DISABLED_TRIGGERS = `
  select case when t.tgenabled = 'D' then format('trigger %s of %s is switched off', t.tgname, t.tgrelid::regclass) end as fault
  from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'headgate'::regnamespace`;

const INVALID_INDEXES = `
  select case when not (i.indisvalid and i.indisready) then format('index %s of %s is not usable', i.indexrelid::regclass, i.indrelid::regclass) end as fault
  from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'headgate'::regnamespace`;

const FAILED_CHECKSUMS = `
  select case when checksum_failures > 0 then format('%s pages failed, last at %s', checksum_failures, checksum_last_failure) end as fault
  from pg_stat_database where datname = current_database() and checksum_failures is not null`;

/** A position before the largest number in use would give that number out again. */
async function verifySequences(db: Database): Promise<{ checked: bigint; faults: string[] }> {
  const columns = await db.query<{ sequence: string; table: string; column: string }>(`
    select s.oid::regclass::text as sequence, d.refobjid::regclass::text as table, quote_ident(a.attname) as column
    from pg_class s
    join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where s.relkind = 'S' and s.relnamespace = 'headgate'::regnamespace
    order by 1`);
  const faults: string[] = [];
  for (const { sequence, table, column } of columns) {
    const [row] = await db.query<{ largest: string | null; last: string; called: boolean }>(
      `select (select max(${column})::text from ${table}) as largest, last_value::text as last, is_called as called from ${sequence}`,
    );
    if (row === undefined || row.largest === null) continue;
    const next = BigInt(row.last) + (row.called ? 1n : 0n);
    if (BigInt(row.largest) >= next) faults.push(`${sequence} gives ${next} next, but ${table} has ${row.largest} already`);
  }
  return { checked: BigInt(columns.length), faults };
}
