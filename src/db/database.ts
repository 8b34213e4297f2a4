import type pg from "pg";

/**
 * One statement. `name` makes it a prepared statement of each connection (parsed and planned once; the name stands for one
 * text for ever). `readOnly` says that running it twice is the same as once, so that it is repeated when the connection breaks.
 */
export type Statement = {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
  readonly readOnly?: boolean;
};

export type TransactionOptions = {
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
};

/** What a listener gets: the payload of a notification, or null when some may have been missed and it should look for itself. */
export type OnNotify = (payload: string | null) => void;

/**
 * The way to PostgreSQL. Rows come as the driver gives them, with int8 as BigInt, timestamptz as Instant, and numeric, date,
 * timestamp and interval as text; a room parses them into its own types. An Instant goes in as `instantToIso(at)`.
 *
 * Every method throws Problems for what the database as such does (`db.unreachable`, `db.busy`, `db.contention`,
 * `db.statement-timeout`, `db.outcome-unknown`, `state.disk-full`, ...) and the driver's DatabaseError for what a statement
 * did wrong (see `sqlState`, `brokenConstraint`).
 */
export type Database = {
  /**
   * Runs one statement and gives its rows. Outside a transaction it commits by itself: when the connection breaks after it
   * was sent, a `readOnly` one is repeated and any other ends in `db.outcome-unknown`.
   */
  query<Row = Record<string, unknown>>(statement: string | Statement, params?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs `work` in a transaction and commits. `work` may run several times (serialization failure, deadlock, a server that
   * restarted), so its effects are on the database alone. A connection that breaks during COMMIT ends in `db.outcome-unknown`.
   * Inside a transaction it is a savepoint.
   */
  transaction<T>(work: (tx: Database) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Listens on a channel until the function it gives is called. After a broken connection the listener is called once with
   * null. Not inside a transaction.
   */
  listen(channel: string, onNotify: OnNotify): Promise<() => Promise<void>>;
  /** Waits for running work (bounded), then closes every connection. Repeating it is harmless. */
  close(): Promise<void>;
};

/** A connection that a transaction runs on. */
export type Client = pg.ClientBase;
