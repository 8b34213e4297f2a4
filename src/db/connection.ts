import type pg from "pg";
import { Problem } from "#kernel";
import { rowTypes } from "./values.ts";

/** A URL, or what gives it at the moment of connecting: the embedded server comes back on another port when somebody took its own. */
export type UrlSource = string | (() => string);

export function currentUrl(source: UrlSource): string {
  return typeof source === "string" ? source : source();
}

export type ConnectionSettings = {
  readonly applicationName: string;
  /** How long a connection may take to come up, sign-in included. */
  readonly connectTimeoutMs: number;
  /** How long one statement may run on the server. 0 for no limit: backups and migrations only. */
  readonly statementTimeoutMs: number;
  /** How long a statement may wait for a lock. */
  readonly lockTimeoutMs: number;
};

/** A statement may run this much longer than the server's own limit before the client gives the connection up: then server or network hang. */
const ANSWER_GRACE_MS = 5_000;

/** A transaction whose owner has stopped talking lets go of its locks after this. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/** The driver's settings for one connection. Throws Problem `db.url-invalid`. */
export function clientConfig(source: UrlSource, settings: ConnectionSettings): pg.ClientConfig {
  const url = currentUrl(source);
  checkUrl(url);
  return {
    connectionString: url,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: true,
    types: rowTypes,
    ...(settings.statementTimeoutMs === 0 ? {} : { query_timeout: settings.statementTimeoutMs + ANSWER_GRACE_MS }),
  };
}

/**
 * What every session of ours has set, in one round trip after connecting. It is not sent with the start-up packet because
 * poolers in front of a given database refuse unknown parameters there. The styles make texts (timestamps, COPY) the same everywhere.
 */
export async function prepareSession(client: pg.ClientBase, settings: ConnectionSettings): Promise<void> {
  const values: readonly (readonly [string, string])[] = [
    ["search_path", "headgate, public"],
    ["timezone", "UTC"],
    ["datestyle", "ISO, YMD"],
    ["intervalstyle", "postgres"],
    ["bytea_output", "hex"],
    ["extra_float_digits", "1"],
    ["statement_timeout", String(settings.statementTimeoutMs)],
    ["lock_timeout", String(settings.lockTimeoutMs)],
    ["idle_in_transaction_session_timeout", String(IDLE_IN_TRANSACTION_MS)],
  ];
  await client.query(`select ${values.map(([name, value]) => `set_config('${name}', '${value}', false)`).join(", ")}`);
}

/** Where a URL leads, without its password: what problems and logs may say. */
export function describeUrl(url: string): string {
  try {
    const parsed = new URL(url);
    const host = decodeURIComponent(parsed.searchParams.get("host") ?? parsed.host);
    return `${host === "" ? "the local socket" : host}, database ${decodeURIComponent(parsed.pathname.slice(1)) || "(the user's own)"}`;
  } catch {
    return "an unreadable URL";
  }
}

function checkUrl(url: string): void {
  const readable = /^postgres(ql)?:\/\/\S+$/.test(url) && (URL.canParse(url) || URL.canParse(url.replace("@/", "@localhost/")));
  if (!readable) throw new Problem("db.url-invalid", { detail: "the database URL is not a PostgreSQL URL" });
}
