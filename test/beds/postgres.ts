import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { migrate, migrationsFolder, openDatabase, readMigrations, startEmbedded, type DatabaseOptions, type OpenDatabase } from "#db";

/** Names the folder of this run's server; set by postgres-global.ts. */
export const RUN_FOLDER_VARIABLE = "HEADGATE_TEST_RUN_FOLDER";

export type FreshDatabase = {
  readonly db: OpenDatabase;
  readonly url: string;
  /** Closes `db`, makes sure that no connection to the database is left open, and removes it. */
  drop(): Promise<void>;
};

/** Arbitrary but fixed: workers that want the template at once take turns on it. */
const TEMPLATE_LOCK = 4_711_001;

/** A server process goes a moment after its client has hung up; more than this is a leak. */
const LEAK_WAIT_MS = 5_000;

/** A database of its own for one test file, made in milliseconds as a copy of a migrated template. Parallel workers share one server. */
export async function freshDatabase(options: Omit<DatabaseOptions, "url"> = {}): Promise<FreshDatabase> {
  return await copyDatabase(await ensureTemplate(await serverUrl()), options);
}

/** The same without any schema. */
export async function emptyDatabase(options: Omit<DatabaseOptions, "url"> = {}): Promise<FreshDatabase> {
  await serverUrl();
  return await copyDatabase("template0", options);
}

/** Fails with what they are when connections to a database are still open. */
export async function expectNoConnections(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asAdmin(await serverUrl(), async (admin) => {
    const started = performance.now();
    for (;;) {
      const { rows } = await admin.query<{ words: string }>(
        "select format('%s (pid %s, %s): %s', application_name, pid, state, left(query, 100)) as words from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
        [name],
      );
      if (rows.length === 0) return;
      if (performance.now() - started > LEAK_WAIT_MS)
        throw new Error(`${rows.length} connections to ${name} were left open:\n${rows.map((row) => row.words).join("\n")}`);
      await admin.query("select pg_sleep(0.01)");
    }
  });
}

let server: Promise<string> | undefined;

/** Where this run's server is: started by the first worker that asks, found by the others. */
function serverUrl(): Promise<string> {
  server ??= start();
  return server;
}

async function start(): Promise<string> {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (folder === undefined) throw new Error(`${RUN_FOLDER_VARIABLE} is not set: vitest's globalSetup has to name test/beds/postgres-global.ts`);
  return (await startEmbedded({ stateFolder: folder, sharedFolder: join(folder, "shared"), durability: "none" })).url();
}

/** The name of a database with all migrations applied; its name has their checksums, so that it is right also when they change under a watching vitest. */
async function ensureTemplate(url: string): Promise<string> {
  const digest = createHash("sha256").update(
    readMigrations(migrationsFolder)
      .map((migration) => migration.checksum)
      .join(),
  );
  const name = `template_${digest.digest("hex").slice(0, 16)}`;
  await asAdmin(url, async (admin) => {
    await admin.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rowCount } = await admin.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    await admin.query(`drop database if exists ${name}_begun with (force)`);
    await admin.query(`create database ${name}_begun template template0`);
    const db = await openDatabase({ url: withDatabase(url, `${name}_begun`) });
    try {
      await migrate(db);
    } finally {
      await db.close();
    }
    await admin.query(`alter database ${name}_begun allow_connections false`);
    await admin.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}_begun'`);
    await admin.query(`alter database ${name}_begun rename to ${name}`);
  });
  return name;
}

async function copyDatabase(template: string, options: Omit<DatabaseOptions, "url">): Promise<FreshDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const server = await serverUrl();
  await asAdmin(server, (admin) => admin.query(`create database ${name} template ${template}`));
  const url = withDatabase(server, name);
  const db = await openDatabase({ url, ...options });
  return {
    db,
    url,
    drop: async () => {
      await db.close();
      try {
        await expectNoConnections(url);
      } finally {
        await asAdmin(server, (admin) => admin.query(`drop database ${name} with (force)`));
      }
    },
  };
}

function withDatabase(url: string, name: string): string {
  return url.replace(/\/[^/]*$/, `/${name}`);
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: withDatabase(url, "postgres"), application_name: "test bed" });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
