import { Problem } from "#kernel";

/**
 * What an error of the driver means for the work that met it. `refused` is certain not to have begun. Everything that an SQL statement can provoke by itself
 * (a broken constraint, a syntax error) is `statement` and reaches the caller as the driver's DatabaseError.
 */
export type Failure =
  | "connection"
  | "refused"
  | "serialization"
  | "lock-timeout"
  | "statement-timeout"
  | "server-full"
  | "pool-full"
  | "credentials"
  | "no-database"
  | "disk-full"
  | "read-only"
  | "statement";

/** Errors of the socket, and of Node while it looks for the host, before or after the server answered. */
const SOCKET_CODES = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ESHUTDOWN", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);

/** The driver has no code for these; the texts are those of pg 8 and pg-pool 3. */
const CONNECTION_TEXTS = [
  "Connection terminated",
  "Client has encountered a connection error",
  "Client was closed",
  "Query read timeout",
  "timeout expired",
  "connection is closed",
];

/** SQLSTATEs (PostgreSQL 18, appendix A) that say more than "the statement was wrong". */
const BY_SQLSTATE: Readonly<Record<string, Failure>> = {
  "57P01": "connection", // admin_shutdown
  "57P02": "connection", // crash_shutdown: another backend died, all connections are cut
  "57P03": "refused", // cannot_connect_now: starting, stopping, or in recovery
  "57P05": "connection", // idle_session_timeout
  "25P03": "connection", // idle_in_transaction_session_timeout
  "25P04": "connection", // transaction_timeout
  "40001": "serialization",
  "40P01": "serialization", // deadlock_detected
  "55P03": "lock-timeout",
  "57014": "statement-timeout",
  "53300": "server-full",
  "28P01": "credentials",
  "28000": "credentials",
  "3D000": "no-database",
  "53100": "disk-full",
  "25006": "read-only",
};

/** The five-character SQLSTATE of an error that the server sent; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  // Only what the server sent has a severity; EPIPE and EROFS have five characters too.
  return typeof error === "object" && error !== null && "severity" in error ? codeOf(error) : undefined;
}

/** The name of the constraint that a statement broke; undefined when it was something else. */
export function brokenConstraint(error: unknown): string | undefined {
  const name = typeof error === "object" && error !== null && "constraint" in error ? error.constraint : undefined;
  return typeof name === "string" ? name : undefined;
}

export function classifyFailure(error: unknown): Failure {
  const code = codeOf(error);
  if (code !== undefined) {
    // A copy that still follows another server refuses to begin such a transaction at all, and calls that not supported (0A000).
    if (code === "0A000" && error instanceof Error && error.message.includes("read-write mode during recovery")) return "read-only";
    const known = BY_SQLSTATE[code];
    if (known !== undefined) return known;
    if (code.startsWith("08")) return "connection"; // connection exceptions
    // ENOENT from connect: the Unix socket is gone. From anything else it is a file that somebody's work did not find.
    if (code === "ECONNREFUSED" || (code === "ENOENT" && (error as { syscall?: unknown }).syscall === "connect")) return "refused";
    if (SOCKET_CODES.has(code)) return "connection";
  }
  const text = error instanceof Error ? error.message : "";
  if (text.startsWith("timeout exceeded when trying to connect")) return "pool-full";
  return CONNECTION_TEXTS.some((known) => text.includes(known)) ? "connection" : "statement";
}

/**
 * The error as callers see it. Problems stay what they are; a plain statement error stays the driver's, so that a room can
 * look at its SQLSTATE and constraint.
 */
export function asProblem(error: unknown, where: string): unknown {
  if (error instanceof Problem) return error;
  const words = error instanceof Error ? error.message : String(error);
  switch (classifyFailure(error)) {
    case "connection":
    case "refused":
      return new Problem("db.unreachable", { detail: `PostgreSQL at ${where} does not answer: ${words}`, cause: error });
    case "serialization":
      return new Problem("db.contention", { detail: `other work kept changing the same rows: ${words}`, cause: error });
    case "lock-timeout":
      return new Problem("db.contention", { detail: `waited too long for a lock: ${words}`, cause: error });
    case "statement-timeout":
      return new Problem("db.statement-timeout", { detail: `a statement took too long and was stopped: ${words}`, cause: error });
    case "server-full":
    case "pool-full":
      return new Problem("db.busy", { detail: `no free connection to PostgreSQL at ${where}: ${words}`, cause: error });
    case "credentials":
      return new Problem("db.credentials", { detail: `PostgreSQL at ${where} refuses the sign-in: ${words}`, cause: error });
    case "no-database":
      return new Problem("db.no-database", { detail: `PostgreSQL at ${where}: ${words}`, cause: error });
    case "disk-full":
      return new Problem("state.disk-full", { detail: `PostgreSQL at ${where} has no space left: ${words}`, cause: error });
    case "read-only":
      return new Problem("db.unsuitable", { detail: `PostgreSQL at ${where} takes no writes: ${words}`, cause: error });
    case "statement":
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
