import pg from "pg";
import { Problem } from "#kernel";
import { CONTENTION_ATTEMPTS_MAX, CONTENTION_PATIENCE, FIRST_PATIENCE, SERVER_PATIENCE, waitForAttempt, type Patience } from "./backoff.ts";
import { clientConfig, currentUrl, describeUrl, prepareSession, type ConnectionSettings, type UrlSource } from "./connection.ts";
import type { Database, Statement, TransactionOptions } from "./database.ts";
import { startListening } from "./listener.ts";
import { asProblem, classifyFailure } from "./sql-state.ts";
import { attemptTransaction, cutConnection, outcomeUnknown, run } from "./transaction.ts";

export type DatabaseOptions = {
  readonly url: UrlSource;
  readonly applicationName?: string;
  /** Connections of the pool; one more is opened when something listens. */
  readonly connectionsMax?: number;
  /** Pieces of work that may wait for a connection; beyond it the answer is `db.busy` at once. */
  readonly waitingMax?: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  /** How long to go on trying when the server does not answer. */
  readonly patience?: Patience;
};

/** What the pool is doing now: for metrics, `/ready` and the test that nothing leaks. */
export type PoolState = { readonly open: number; readonly idle: number; readonly waiting: number };

/** A Database with a view of its pool. */
export type OpenDatabase = Database & { pool(): PoolState };

/** Two per core is what PostgreSQL's own advice for a pool comes to on a laptop; a bigger machine says so itself. */
const CONNECTIONS_MAX = 10;
const WAITING_MAX = 2_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** How long `close` waits for work that is still running. */
const CLOSE_TIMEOUT_MS = 10_000;

/** The only major version that is tested. */
const SERVER_VERSION_MIN = 180_000;

/**
 * Opens a pool on a PostgreSQL and looks whether it can be used.
 * Throws Problems `db.url-invalid`, `db.unreachable`, `db.credentials`, `db.no-database`, `db.unsuitable`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const settings: ConnectionSettings = {
    applicationName: options.applicationName ?? "headgate",
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
  };
  const closing = new AbortController();
  const where = describeUrl(currentUrl(options.url));
  const pool = makePool(options, settings);
  const open = new Set<pg.PoolClient>();
  pool.on("connect", (client) => open.add(client));
  pool.on("remove", (client) => open.delete(client));
  const way: Way = { pool, where, patience: options.patience ?? SERVER_PATIENCE, waitingMax: options.waitingMax ?? WAITING_MAX, closing: closing.signal };
  const listener = startListening(options.url, settings, closing.signal);
  let closed: Promise<void> | undefined;
  const database: OpenDatabase = {
    query: (statement, params) => queryOnce(way, statement, params),
    transaction: (work, how) => transact(way, work, how ?? {}),
    listen: (channel, onNotify) => listener.listen(channel, onNotify),
    close: () => {
      closing.abort();
      closed ??= Promise.all([listener.close(), drain(pool, open)]).then(() => undefined);
      return closed;
    },
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  };
  try {
    await checkServer({ ...way, patience: options.patience ?? FIRST_PATIENCE });
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** What every piece of work needs: the pool, its name for problems, and the bounds. */
type Way = { readonly pool: pg.Pool; readonly where: string; readonly patience: Patience; readonly waitingMax: number; readonly closing: AbortSignal };

function makePool(options: DatabaseOptions, settings: ConnectionSettings): pg.Pool {
  // Read anew for each connection. The driver's constructor asks for a configuration; the pool hands its own over, which has no URL.
  class Client extends pg.Client {
    constructor() {
      super(clientConfig(options.url, settings));
    }
  }
  clientConfig(options.url, settings);
  const pool = new pg.Pool({
    Client,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    idleTimeoutMillis: 60_000,
    onConnect: (client) => prepareSession(client, settings),
  });
  // An idle connection that breaks is dropped by the pool and replaced when needed; whoever works next sees the reason.
  pool.on("error", () => undefined);
  return pool;
}

async function checkServer(way: Way): Promise<void> {
  const { where } = way;
  const [row] = await queryOnce<{ version: number; encoding: string; standby: boolean }>(way, {
    text: "select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby",
    readOnly: true,
  });
  if (row === undefined || row.version < SERVER_VERSION_MIN) throw new Problem("db.unsuitable", { detail: `PostgreSQL at ${where} is older than version 18` });
  if (row.encoding !== "UTF8") throw new Problem("db.unsuitable", { detail: `the database at ${where} has the encoding ${row.encoding}, not UTF8` });
  if (row.standby) throw new Problem("db.unsuitable", { detail: `PostgreSQL at ${where} is a standby and takes no writes` });
}

/** A connection from the pool; tried again while the server is away, because nothing has been sent yet. */
async function connect(way: Way): Promise<pg.PoolClient> {
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    if (way.closing.aborted) throw new Problem("interrupted", { detail: "the database was closed" });
    if (way.pool.waitingCount >= way.waitingMax) throw new Problem("db.busy", { detail: `${way.waitingMax} pieces of work wait for the database already` });
    try {
      return await way.pool.connect();
    } catch (error) {
      const failure = classifyFailure(error);
      const passing = failure === "connection" || failure === "refused" || failure === "server-full";
      if (!passing || !(await waitForAttempt(attempt, started, way.patience, way.closing))) throw asProblem(error, way.where);
    }
  }
}

/** Runs `work` on a connection and gives it back; one that broke is dropped. */
async function withClient<T>(way: Way, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(way);
  // Without a listener a connection that breaks between two statements would end the process.
  client.on("error", ignore);
  let broken = false;
  try {
    return await work(client);
  } catch (error) {
    broken = breaksConnection(error);
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

function ignore(): void {
  // The statement that was running, or the next one, reports it.
}

function breaksConnection(error: unknown): boolean {
  const cause = error instanceof Problem ? error.cause : error;
  const failure = classifyFailure(cause);
  return failure === "connection" || failure === "refused";
}

async function queryOnce<Row>(way: Way, statement: string | Statement, params?: readonly unknown[]): Promise<Row[]> {
  const readOnly = typeof statement !== "string" && statement.readOnly === true;
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withClient(way, (client) => run<Row>(client, statement, params));
    } catch (error) {
      if (error instanceof Problem || !breaksConnection(error)) throw asProblem(error, way.where);
      if (!readOnly) throw outcomeUnknown(error, way.where);
      if (!(await waitForAttempt(attempt, started, way.patience, way.closing))) throw asProblem(error, way.where);
    }
  }
}

async function transact<T>(way: Way, work: (tx: Database) => Promise<T>, options: TransactionOptions): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await withClient(way, (client) => attemptTransaction(client, work, options, way.where));
    if (outcome.kind === "done") return outcome.value;
    const collision = classifyFailure(outcome.error) === "serialization";
    const patience = collision ? CONTENTION_PATIENCE : way.patience;
    const last = collision && attempt >= CONTENTION_ATTEMPTS_MAX;
    if (last || !(await waitForAttempt(attempt, started, patience, way.closing))) throw asProblem(outcome.error, way.where);
  }
}

/** Lets running work end, but not for ever: after the bound its sockets are cut, and the work sees a broken connection. */
async function drain(pool: pg.Pool, open: ReadonlySet<pg.PoolClient>): Promise<void> {
  const timer = setTimeout(() => {
    for (const client of open) cutConnection(client);
  }, CLOSE_TIMEOUT_MS);
  try {
    await pool.end();
  } finally {
    clearTimeout(timer);
  }
}
