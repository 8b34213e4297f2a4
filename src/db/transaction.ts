import type { Duplex } from "node:stream";
import type pg from "pg";
import { invariant, Problem } from "#kernel";
import type { Client, Database, Statement, TransactionOptions } from "./database.ts";
import { classifyFailure, asProblem } from "./sql-state.ts";

/** The driver's connection below a transaction, for COPY: only this room needs it. */
const clients = new WeakMap<Database, Client>();

export function clientOf(tx: Database): Client {
  const client = clients.get(tx);
  invariant(client !== undefined, "COPY needs a transaction that is open");
  return client;
}

/** How one attempt at a transaction ended when it did not commit. */
export type Attempt<T> = { kind: "done"; value: T } | { kind: "repeat"; error: unknown };

/**
 * One attempt at a transaction on one connection. `repeat` is only given when it is certain that nothing was committed:
 * the failure came before COMMIT was sent, or the server itself said that it rolled back.
 * Any other failure is thrown; after it the connection may be unusable, as the caller can see from `classifyFailure`.
 */
export async function attemptTransaction<T>(
  client: Client,
  work: (tx: Database) => Promise<T>,
  options: TransactionOptions,
  where: string,
): Promise<Attempt<T>> {
  const scope = openScope(client, where);
  let value: T;
  try {
    await client.query(beginText(options));
    value = await work(scope.database);
    await scope.end();
  } catch (error) {
    await scope.end().catch(() => undefined);
    await rollback(client);
    const cause = error instanceof Problem && error.cause !== undefined ? error.cause : error;
    if (isRepeatable(cause)) return { kind: "repeat", error: cause };
    throw asProblem(error, where);
  }
  return await commit(client, value, options, where);
}

async function commit<T>(client: Client, value: T, options: TransactionOptions, where: string): Promise<Attempt<T>> {
  try {
    const result = await client.query("commit");
    // An error that `work` swallowed has aborted the transaction: the server then answers ROLLBACK, without an error.
    invariant(result.command === "COMMIT", "a transaction was rolled back because an error inside it was swallowed");
    return { kind: "done", value };
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure === "serialization") return { kind: "repeat", error };
    if (failure === "connection" || failure === "refused") {
      if (options.readOnly === true) return { kind: "repeat", error };
      throw outcomeUnknown(error, where);
    }
    await rollback(client);
    throw asProblem(error, where);
  }
}

/** A connection that cannot even roll back is of no further use: marked as ending, the pool drops it. */
async function rollback(client: Client): Promise<void> {
  try {
    await client.query("rollback");
  } catch {
    closeClient(client);
  }
}

/** Breaks a connection off in the middle of whatever it does; its statement, and the next, end with an error. */
export function cutConnection(client: Client): void {
  (client as Client & { readonly connection: { readonly stream: Duplex } }).connection.stream.destroy();
}

function closeClient(client: Client): void {
  void (client as pg.Client).end().catch(() => undefined);
}

export function outcomeUnknown(error: unknown, where: string): Problem {
  const words = error instanceof Error ? error.message : String(error);
  return new Problem("db.outcome-unknown", { detail: `the connection to PostgreSQL at ${where} broke while a change was being made: ${words}`, cause: error });
}

function isRepeatable(error: unknown): boolean {
  const failure = classifyFailure(error);
  return failure === "serialization" || failure === "connection" || failure === "refused";
}

function beginText(options: TransactionOptions): string {
  return `begin isolation level ${options.isolation ?? "read committed"} ${options.readOnly === true ? "read only" : "read write"}`;
}

type Scope = { readonly database: Database; end(): Promise<void> };

/**
 * The Database that `work` gets. Statements run one after another even when `work` starts several at once, because a connection
 * does one thing at a time; after the end it refuses to work, so that a forgotten await is found and does not run outside.
 */
function openScope(client: Client, where: string): Scope {
  let open = true;
  let tail: Promise<unknown> = Promise.resolve();
  let savepoints = 0;

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    invariant(open, "a statement was sent to a transaction that has ended");
    const turn = tail.then(run, run);
    tail = turn.catch(() => undefined);
    return turn;
  }

  const database: Database = {
    query: <Row>(statement: string | Statement, params?: readonly unknown[]) => inTurn(() => run<Row>(client, statement, params)),
    transaction: async (work) => {
      savepoints += 1;
      const name = `headgate_${savepoints}`;
      await inTurn(() => client.query(`savepoint ${name}`));
      try {
        const value = await work(database);
        await inTurn(() => client.query(`release savepoint ${name}`));
        return value;
      } catch (error) {
        // Repeating belongs to the whole transaction: its snapshot is what failed.
        if (!isRepeatable(error)) await inTurn(() => client.query(`rollback to savepoint ${name}`));
        throw error;
      }
    },
    listen: () => Promise.reject(new Problem("internal", { detail: "listen was called inside a transaction" })),
    close: () => Promise.reject(new Problem("internal", { detail: `close was called inside a transaction at ${where}` })),
  };
  clients.set(database, client);
  return {
    database,
    end: async () => {
      await tail;
      open = false;
      clients.delete(database);
    },
  };
}

/** Runs one statement on one connection; of several statements in one text the rows of the last. */
export async function run<Row>(client: Client, statement: string | Statement, params?: readonly unknown[]): Promise<Row[]> {
  const { name, text, values } =
    typeof statement === "string" ? { name: undefined, text: statement, values: params } : { ...statement, values: params ?? statement.values };
  const result = await client.query({ text, ...(name === undefined ? {} : { name }), ...(values === undefined ? {} : { values: [...values] }) });
  const last = Array.isArray(result) ? (result.at(-1) as typeof result) : result;
  return (last?.rows ?? []) as Row[];
}
