/**
 * A whole Headgate on a fresh state folder, as its users run it: `headgate server` and `headgate worker` as processes of their own over
 * the embedded PostgreSQL, which both keep up. Each can be killed and started again; all of it is ended by pid.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { packageRoot, removeEmbedded, startEmbedded, type EmbeddedServer } from "#db";
import { daemonsOf, type Daemons } from "./daemons.ts";
import { freePorts } from "./ports.ts";
import { output } from "../../tools/lib/program.ts";

export type Part = "server" | "worker" | "postgres";

export type HeadgateOptions = {
  /** What the executor is told that the machine has. */
  readonly cores?: number;
  readonly memoryMib?: number;
  /** Settings by their environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
};

export type Answer = { readonly status: number; readonly body: unknown };

export type HeadgateBed = {
  readonly state: string;
  /** Where the server answers, e.g. http://127.0.0.1:20480. */
  readonly url: string;
  /** What a program has to find in its environment to be one of this Headgate's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts what is not running, and waits until it answers. */
  up(): Promise<void>;
  /** Starts a part without waiting for it, as a supervisor of services does. PostgreSQL is brought back by those who use it. */
  start(part: Exclude<Part, "postgres">): void;
  runs(part: Exclude<Part, "postgres">): boolean;
  /** kill -9; the part is gone when this resolves. False when it was not there at that moment. */
  kill(part: Part): Promise<boolean>;
  /** Calls the API with the owner's token, in the name of `as`. Rejects when nobody answers. */
  call(method: "GET" | "POST", path: string, ask?: { readonly body?: unknown; readonly key?: string; readonly as?: string }): Promise<Answer>;
  /** Plain SQL, past all of our own code. */
  sql<Row extends pg.QueryResultRow>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** The same query as it would answer after `change`, which is taken back. */
  sqlAfter<Row extends pg.QueryResultRow>(change: string, text: string): Promise<Row[]>;
  down(): Promise<void>;
};

const UP_MS_MAX = 60_000;

/** A call that is not answered by then was lost with the server. */
const CALL_MS_MAX = 20_000;

/** Opens the laboratory of examples/lab.yaml (its one simulation included), then leaves everything stopped until `up`. */
export async function headgateBed(options: HeadgateOptions = {}): Promise<HeadgateBed> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bed-"));
  for (const name of ["log", "home"]) mkdirSync(join(folder, name));
  const state = join(folder, "state");
  mkdirSync(state);
  // PostgreSQL's user has to be able to pass, where we are root.
  await output(["chmod", "711", folder, state]);
  const block = await freePorts(10);
  const url = `http://127.0.0.1:${block.base}`;
  const environment = environmentOf(state, folder, block.base, options);
  const daemons = daemonsOf(folder);
  const postgres: { server: EmbeddedServer | null } = { server: null };

  async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    postgres.server ??= await startEmbedded({ stateFolder: state });
    return await connected(postgres.server, work);
  }

  async function sql<Row extends pg.QueryResultRow>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return await withClient(async (client) => (await client.query<Row>(text, [...params])).rows);
  }

  async function sqlAfter<Row extends pg.QueryResultRow>(change: string, text: string): Promise<Row[]> {
    return await withClient(async (client) => {
      await client.query("begin");
      await client.query(change);
      const { rows } = await client.query<Row>(text);
      await client.query("rollback");
      return rows;
    });
  }

  const bed: HeadgateBed = {
    state,
    url,
    environment,
    start: (part) => start(daemons, part, environment),
    runs: (part) => daemons.pid(part) !== null,
    up: () => bringUp(bed, daemons, environment),
    kill: (part) => (part === "postgres" ? killPostgres(state) : killDaemon(daemons, part)),
    call: (method, path, ask = {}) => call(url, state, method, path, ask),
    sql,
    sqlAfter,
    down: async () => {
      await daemons.stopAll();
      await postgres.server?.release();
      await removeEmbedded({ stateFolder: state });
      block.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await output([process.execPath, join(packageRoot, "bin", "headgate.js"), "start", "--once", "--no-install"], { env: environment, timeoutMs: 300_000 });
  } catch (error) {
    await bed.down();
    throw error;
  }
  return bed;
}

function environmentOf(state: string, folder: string, port: number, options: HeadgateOptions): Record<string, string> {
  const home = join(folder, "home");
  return {
    HEADGATE_STATE: state,
    HEADGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
    ...(options.cores === undefined ? {} : { HEADGATE_EXECUTOR_CORES: String(options.cores) }),
    ...(options.memoryMib === undefined ? {} : { HEADGATE_EXECUTOR_MEMORY: `${options.memoryMib}M` }),
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
    DATABASE_URL: "",
    ...options.environment,
  };
}

function start(daemons: Daemons, part: Exclude<Part, "postgres">, environment: Readonly<Record<string, string>>): void {
  const command = part === "server" ? ["server", "--no-worker"] : ["worker"];
  daemons.start(part, [process.execPath, join(packageRoot, "bin", "headgate.js"), ...command], environment);
}

async function bringUp(bed: HeadgateBed, daemons: Daemons, environment: Readonly<Record<string, string>>): Promise<void> {
  for (const part of ["server", "worker"] as const) if (daemons.pid(part) === null) start(daemons, part, environment);
  await daemons.waitFor("server", UP_MS_MAX, async () => (await bed.call("GET", "/ready").catch(() => null))?.status === 200);
  await daemons.waitFor("worker", UP_MS_MAX, async () => {
    const machines = await bed.call("GET", "/api/v1/machines").catch(() => null);
    return JSON.stringify(machines?.body).includes('"working"');
  });
}

async function killDaemon(daemons: Daemons, part: string): Promise<boolean> {
  if (daemons.pid(part) === null) return false;
  await daemons.kill(part);
  return true;
}

/** The postmaster is killed as a crash would: its children notice and end, what was committed is on disk. */
async function killPostgres(state: string): Promise<boolean> {
  const pid = postmasterPid(state);
  if (pid === null) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/**
 * PostgreSQL writes its process id into the first line of this file. One that was killed leaves it behind, and its number may be somebody else's
 * by now; one that is starting has not filled it yet. So only a process that works in our folder is believed.
 */
function postmasterPid(state: string): number | null {
  const data = join(state, "postgres", "data");
  try {
    const pid = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
    return pid > 1 && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(data) ? pid : null;
  } catch {
    return null;
  }
}

async function call(
  url: string,
  state: string,
  method: string,
  path: string,
  ask: { readonly body?: unknown; readonly key?: string; readonly as?: string },
): Promise<Answer> {
  const token = readFileSync(join(state, "owner-token"), "utf8").trim();
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
      ...(ask.key === undefined ? {} : { "idempotency-key": ask.key }),
      ...(ask.as === undefined ? {} : { "headgate-act-as": ask.as }),
    },
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    signal: AbortSignal.timeout(CALL_MS_MAX),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as unknown) : text };
}

async function connected<T>(server: EmbeddedServer, work: (client: pg.Client) => Promise<T>): Promise<T> {
  await server.ensureRunning();
  const client = new pg.Client({ connectionString: server.url(), application_name: "test bed" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
