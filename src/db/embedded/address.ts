import { join } from "node:path";
import pg from "pg";
import { Problem } from "#kernel";
import { classifyFailure } from "../sql-state.ts";
import { DATABASE, ROLE, type Layout } from "./layout.ts";
import { readPassword } from "./password.ts";
import type { Postmaster } from "./postmaster.ts";

/** A path of a Unix socket has 108 bytes with its end mark (sockaddr_un). */
const SOCKET_PATH_MAX = 107;

const KNOCK_TIMEOUT_MS = 5_000;

/** The socket folder, or undefined when its path is too long for a socket: then there is TCP alone. */
export function socketFolder(layout: Layout): string | undefined {
  return Buffer.byteLength(join(layout.socket, ".s.PGSQL.65535")) <= SOCKET_PATH_MAX ? layout.socket : undefined;
}

/** The URL of a database of the embedded server, with the password. Throws Problem `db.credentials` when that is lost. */
export function urlOf(layout: Layout, port: number, way: "socket" | "tcp", database: string = DATABASE): string {
  const password = readPassword(layout);
  if (password === undefined) {
    throw new Problem("db.credentials", {
      detail: `the password file ${layout.password} is lost`,
      fix: "End every Headgate that uses this state folder; the next start makes a new password.",
    });
  }
  const folder = way === "socket" ? socketFolder(layout) : undefined;
  const host = folder === undefined ? "127.0.0.1" : encodeURIComponent(folder);
  return `postgresql://${ROLE}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** Whether the server answers. A refused sign-in is an answer: what is wrong with it is told later. */
export async function knock(layout: Layout, { port }: Postmaster): Promise<"up" | "starting" | "silent"> {
  const client = new pg.Client({ connectionString: urlOf(layout, port, "socket", "postgres"), connectionTimeoutMillis: KNOCK_TIMEOUT_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "up";
  } catch (error) {
    // 57P03: the server is there and starts, recovers or stops.
    if ((error as { code?: unknown }).code === "57P03") return "starting";
    const failure = classifyFailure(error);
    return failure === "refused" || failure === "connection" ? "silent" : "up";
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes Headgate's database on a server that has none. Throws Problem `db.credentials` when the password is not the server's. */
export async function ensureDatabase(layout: Layout, { port }: Postmaster): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(layout, port, "socket", "postgres"), connectionTimeoutMillis: KNOCK_TIMEOUT_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } catch (error) {
    if (classifyFailure(error) !== "credentials") throw error;
    const fix = `End every Headgate that uses this state folder, remove ${layout.password}, and start again: a new password is made.`;
    throw new Problem("db.credentials", { detail: `the password in ${layout.password} is not the one of the server in ${layout.data}`, fix, cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}
