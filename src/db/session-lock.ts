import pg from "pg";
import { clientConfig, prepareSession, type ConnectionSettings, type UrlSource } from "./connection.ts";

/** A lock that lives as long as one connection: PostgreSQL gives it to somebody else when the holder's process or machine is gone. */
export type SessionLock = {
  /** Aborted as soon as the lock cannot be trusted any more. Whoever works under it stops then. */
  readonly lost: AbortSignal;
  /** Gives the lock back and closes the connection. Repeating it is harmless. */
  release(): Promise<void>;
};

export type SessionLockOptions = {
  readonly url: UrlSource;
  /** What is locked, e.g. "dispatcher of local". */
  readonly name: string;
  readonly applicationName?: string;
};

/** How often the connection is asked whether it lives, and how long it may take to answer: a holder that is cut off knows it after both. */
const CHECK_EVERY_MS = 1_000;
const CHECK_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Takes a session's advisory lock on a connection of its own, or gives null when somebody else has it. It needs a session, so not a pooler
 * in transaction mode in front of the database. Throws the driver's error when the server does not answer.
 */
export async function takeSessionLock(options: SessionLockOptions): Promise<SessionLock | null> {
  const settings: ConnectionSettings = {
    applicationName: options.applicationName ?? "headgate lock",
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: 0,
    lockTimeoutMs: 0,
  };
  const client = new pg.Client(clientConfig(options.url, settings));
  const lost = new AbortController();
  const lose = () => lost.abort();
  client.on("error", lose);
  client.on("end", lose);
  try {
    await client.connect();
    await prepareSession(client, settings);
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock(hashtextextended($1, 0)) as taken", [`headgate ${options.name}`]);
    if (rows[0]?.taken === true) return heldLock(client, lost);
  } catch (error) {
    await close(client);
    throw error;
  }
  await close(client);
  return null;
}

function heldLock(client: pg.Client, lost: AbortController): SessionLock {
  const timer = setInterval(() => void check(client, lost), CHECK_EVERY_MS);
  timer.unref();
  lost.signal.addEventListener("abort", () => {
    clearInterval(timer);
    void close(client);
  });
  let released: Promise<void> | undefined;
  return {
    lost: lost.signal,
    release: () => {
      clearInterval(timer);
      released ??= close(client);
      return released;
    },
  };
}

async function check(client: pg.Client, lost: AbortController): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([client.query("select 1"), late]);
  } catch {
    lost.abort();
  } finally {
    clearTimeout(timer);
  }
}

/** Hanging up is what gives the lock back; a connection that does not answer is cut. */
async function close(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS);
  });
  await Promise.race([client.end().catch(() => undefined), late]);
  clearTimeout(timer);
  (client as pg.Client & { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
