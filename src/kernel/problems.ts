import type { ProblemKind } from "./problem-kind.ts";
import { FILE_PROBLEMS } from "./problems-of-files.ts";

/**
 * Every problem that Headgate can report, by room; those of files and jobs stand in a file of their own, which is a part of this catalogue. docs/problems.md is generated from this file.
 * A code is never renamed once released: scripts match it.
 */
export const PROBLEMS = {
  // Anywhere
  "input.invalid": { status: 400, exit: "invalid", title: "Invalid input", fix: "Correct the places listed and try again." },
  "input.too-large": { status: 413, exit: "invalid", title: "Input too large", fix: "Send less, or split it into several requests." },
  "usage.unknown": { status: 400, exit: "usage", title: "Unknown command or flag", fix: "Add --help to see what there is." },
  "not-yet": { status: 501, exit: "failed", title: "Not there yet", fix: "The docs list what is planned; nothing was done." },
  "internal": { status: 500, exit: "failed", title: "A fault in Headgate", fix: "Report it with the request id and the log line that carries it." },
  "timeout": { status: 504, exit: "timeout", title: "Timed out", fix: "Try again; headgate doctor looks for the cause." },
  "interrupted": { status: 499, exit: "interrupted", title: "Interrupted", fix: "What was begun goes on or was undone, as the message says." },
  "confirmation.needed": { status: 409, exit: "conflict", title: "A yes is needed", fix: "Add --yes, or answer the question in a terminal." },
  "overloaded": { status: 429, exit: "failed", title: "Too much at once", fix: "Wait a moment and try again with the same Idempotency-Key." },
  "idempotency.mismatch": { status: 422, exit: "conflict", title: "Idempotency key used for something else", fix: "Use a new key for a new request." },

  ...FILE_PROBLEMS,

  // kernel's users: configuration and state
  "config.invalid": { status: 400, exit: "invalid", title: "Configuration not valid", fix: "headgate config show names where each value comes from." },
  "state.read-only": { status: 500, exit: "failed", title: "State folder cannot be written", fix: "Make it writable, or choose another with HEADGATE_STATE." },
  "state.disk-full": { status: 507, exit: "failed", title: "Disk full", fix: "Free some space; nothing was half done." },

  // db
  "db.unreachable": {
    status: 503,
    exit: "failed",
    title: "Database does not answer",
    fix: "headgate db status shows where it should be; headgate start brings the embedded one up.",
  },
  "db.busy": { status: 503, exit: "failed", title: "Database busy", fix: "Wait a moment and try again." },
  "db.contention": { status: 503, exit: "conflict", title: "Too many changes at once", fix: "Try again; nothing was changed." },
  "db.statement-timeout": {
    status: 504,
    exit: "timeout",
    title: "Database statement timed out",
    fix: "Try again with a narrower question; nothing was changed.",
  },
  "db.outcome-unknown": {
    status: 503,
    exit: "failed",
    title: "Outcome unknown",
    fix: "The connection broke while the change was being made. Repeat it with the same Idempotency-Key: it is done once.",
  },
  "db.credentials": { status: 500, exit: "failed", title: "Database refuses the sign-in", fix: "Correct user and password in DATABASE_URL." },
  "db.no-database": { status: 500, exit: "notFound", title: "Database not found", fix: "Create the database that DATABASE_URL names." },
  "db.url-invalid": { status: 400, exit: "invalid", title: "Not a database URL", fix: "Write postgresql://user:password@host:5432/database." },
  "db.unsuitable": {
    status: 500,
    exit: "failed",
    title: "Database cannot be used",
    fix: "Give a PostgreSQL 18 primary with UTF-8 encoding in DATABASE_URL, or none for the embedded one.",
  },
  "db.schema-newer": {
    status: 500,
    exit: "conflict",
    title: "Database is of a newer Headgate",
    fix: "Run the newer version of Headgate, or restore a backup made by this one.",
  },
  "db.migration-changed": {
    status: 500,
    exit: "conflict",
    title: "A migration that was applied has changed",
    fix: "Install an unaltered Headgate; an applied migration is never edited.",
  },
  "db.migration-missing": { status: 500, exit: "conflict", title: "A migration is missing", fix: "Install a complete Headgate." },
  "db.migration-failed": { status: 500, exit: "failed", title: "A migration failed", fix: "Nothing of it was applied. Report it with the message." },
  "db.platform": {
    status: 500,
    exit: "failed",
    title: "No embedded PostgreSQL here",
    fix: "Set DATABASE_URL to a PostgreSQL 18, or reinstall the dependencies without leaving out the optional ones.",
  },
  "db.no-user": {
    status: 500,
    exit: "failed",
    title: "No user to run PostgreSQL",
    fix: "PostgreSQL refuses to run as root. Run Headgate as an ordinary user, or make one with useradd --system postgres.",
  },
  "db.locked": { status: 503, exit: "conflict", title: "Another start is under way", fix: "Wait until it has ended, then try again." },
  "db.other-version": {
    status: 500,
    exit: "conflict",
    title: "Database of another PostgreSQL",
    fix: "Start the Headgate that made it, run headgate db backup, and restore into a new state folder.",
  },
  "db.start-failed": { status: 500, exit: "failed", title: "PostgreSQL did not start", fix: "The log named says why; headgate doctor looks at what it needs." },
  "db.init-failed": { status: 500, exit: "failed", title: "Database could not be made", fix: "The message of initdb says why; nothing was left behind." },
  "db.stop-failed": {
    status: 500,
    exit: "failed",
    title: "PostgreSQL did not stop",
    fix: "Wait for what it is doing, or restart the machine; nothing that was committed is lost.",
  },
  "db.backup-exists": { status: 409, exit: "conflict", title: "Backup file is there already", fix: "Choose another name, or add --overwrite." },
  "db.backup-damaged": { status: 422, exit: "invalid", title: "Not a whole backup", fix: "Use another copy of the backup; nothing was restored." },
  "db.nothing-to-back-up": { status: 409, exit: "conflict", title: "Nothing to back up", fix: "headgate db migrate makes the schema." },
  "db.not-empty": {
    status: 409,
    exit: "conflict",
    title: "Database is not empty",
    fix: "Restore into an empty database, or add --replace to replace everything in this one.",
  },

  // access: who asks, and what they may do
  "access.unauthenticated": {
    status: 401,
    exit: "cloud",
    title: "Not signed in",
    fix: "Send the token of this installation (Authorization: Bearer ...), or sign in with a code: headgate login-code.",
  },
  "access.forbidden": { status: 403, exit: "refused", title: "Not allowed", fix: "Ask a manager of the project, or the owner of this installation." },
  "access.code-wrong": {
    status: 401,
    exit: "cloud",
    title: "Code not accepted",
    fix: "Codes work once and for ten minutes. Ask for a new one: headgate login-code.",
  },
  "access.attempts": { status: 429, exit: "failed", title: "Too many attempts", fix: "Wait a minute, then try again." },
  "access.cross-site": {
    status: 403,
    exit: "refused",
    title: "Request of another site",
    fix: "Open the dashboard at its own address and try again from there.",
  },
  "access.host": {
    status: 421,
    exit: "refused",
    title: "Unknown host name",
    fix: "Use the address that the server printed when it started: names are believed over TLS only.",
  },
  "person.unknown": { status: 404, exit: "notFound", title: "No such person", fix: "GET /api/v1/people lists who is here." },
  "person.exists": { status: 409, exit: "conflict", title: "Name is taken", fix: "Choose another name." },
  "person.owner": {
    status: 409,
    exit: "conflict",
    title: "The owner of the installation",
    fix: "The owner stays an administrator and cannot be switched off; name and e-mail address can be changed.",
  },
  "membership.unknown": { status: 404, exit: "notFound", title: "No such membership", fix: "GET /api/v1/memberships lists who belongs where." },
  "token.unknown": { status: 404, exit: "notFound", title: "No such token", fix: "GET /api/v1/access/tokens lists yours." },
  "access.too-many": { status: 409, exit: "conflict", title: "Too many at once", fix: "Remove some that are no longer needed first." },

  // server: the HTTP door
  "route.unknown": { status: 404, exit: "usage", title: "No such address", fix: "docs/reference/openapi.json lists every address." },
  "route.method": { status: 405, exit: "usage", title: "Method not allowed here", fix: "Use one of the methods named in the Allow header." },
  "request.media-type": { status: 415, exit: "usage", title: "Not JSON", fix: "Send the body as application/json." },
  "request.json": { status: 400, exit: "invalid", title: "Not valid JSON", fix: "Correct the body; it must be one JSON value, at most 64 levels deep." },
  "request.malformed": { status: 400, exit: "usage", title: "Not a valid HTTP request", fix: "Check the client, or what stands between it and the server." },
  "request.headers-too-large": { status: 431, exit: "usage", title: "Headers too large", fix: "Send at most 16 KiB of headers." },
  "request.timeout": { status: 408, exit: "timeout", title: "Request came too slowly", fix: "Send the whole request within 30 seconds." },
  "idempotency.missing": {
    status: 400,
    exit: "usage",
    title: "Idempotency-Key needed",
    fix: "Send a header Idempotency-Key with a value of your own for each new request, e.g. a UUID.",
  },
  "idempotency.invalid": { status: 400, exit: "usage", title: "Idempotency-Key not valid", fix: "Use 1 to 200 printable ASCII characters without spaces." },
  "idempotency.running": {
    status: 409,
    exit: "conflict",
    title: "The same request is still running",
    fix: "Wait as long as Retry-After says, then send it again with the same key.",
  },
  "server.not-ready": { status: 503, exit: "failed", title: "Not ready", fix: "Wait a moment; headgate doctor looks for the cause." },
  "server.stopping": { status: 503, exit: "failed", title: "The server is stopping", fix: "Try again in a moment, with the same Idempotency-Key." },
  "server.port-taken": { status: 500, exit: "conflict", title: "Port is taken", fix: "Stop what uses it, or choose another with --listen." },
  "server.address": { status: 500, exit: "invalid", title: "Cannot listen there", fix: "Use an address of this machine, or 127.0.0.1." },
  "server.exposed": {
    status: 400,
    exit: "invalid",
    title: "Would be open to the network without TLS",
    fix: "Give server.tls.certificate and server.tls.key, or name the proxy that does TLS in server.trusted_proxies.",
  },
  "server.tls": {
    status: 400,
    exit: "invalid",
    title: "TLS files cannot be used",
    fix: "Give a PEM certificate (with its chain) and the private key that belongs to it.",
  },
  "server.proxy": { status: 403, exit: "refused", title: "Only through the proxy", fix: "Use the address of the proxy, with https." },
  "server.running": {
    status: 409,
    exit: "conflict",
    title: "A server already runs here",
    fix: "Use that one, stop it first, or give this one another folder with HEADGATE_STATE.",
  },

  // budget
  "budget.insufficient": {
    status: 402,
    exit: "refused",
    title: "Not enough budget",
    fix: "headgate budget explain <account> shows what it can commit and why.",
  },
  "budget.overrun": {
    status: 402,
    exit: "refused",
    title: "Account is overrun",
    fix: "Somebody who manages it has to decide: headgate budget explain <account> shows by how much.",
  },
  "budget.nothing-to-absorb": { status: 409, exit: "conflict", title: "No overrun fits again", fix: "Give the account money, or wait for jobs to end." },
  "budget.frozen": { status: 402, exit: "refused", title: "Account is frozen", fix: "Ask a manager of the account, or use another one." },
  "budget.closed": { status: 402, exit: "refused", title: "Account is closed", fix: "Use another account: headgate budget status lists yours." },
  "budget.not-started": { status: 402, exit: "refused", title: "Account has not started", fix: "Wait for its start, or use another account." },
  "budget.ended": { status: 402, exit: "refused", title: "Account has ended", fix: "Use another account, or have its end moved." },
  "budget.crosses-end": {
    status: 402,
    exit: "refused",
    title: "Work could run past the account's end",
    fix: "Give it a shorter time limit, or use another account.",
  },
  "budget.not-member": { status: 403, exit: "refused", title: "Not a member of the account", fix: "Ask a manager of the account to add you." },
  "budget.account-unknown": { status: 404, exit: "notFound", title: "No such account", fix: "headgate budget status lists the accounts you can use." },
  "budget.account-exists": { status: 409, exit: "conflict", title: "Account is there already", fix: "Use it, or choose another name." },
  "budget.unit-mismatch": { status: 422, exit: "invalid", title: "Wrong unit of money", fix: "Ask in the unit the account is kept in." },
  "budget.amount-invalid": {
    status: 400,
    exit: "invalid",
    title: "Amount cannot be booked",
    fix: "Amounts are from 0 to 1,000,000,000 with at most six decimals.",
  },
  "budget.hold-unknown": { status: 404, exit: "notFound", title: "No such reservation", fix: "headgate budget holds shows them." },
  "budget.hold-closed": {
    status: 409,
    exit: "conflict",
    title: "Reservation is closed",
    fix: "Nothing is reserved any more; a cost that turns up later is posted as an adjustment.",
  },
  "budget.attempt-charged": {
    status: 409,
    exit: "conflict",
    title: "Attempt is charged already",
    fix: "Nothing to do; a correction is posted as an adjustment.",
  },
  "budget.charge-unknown": {
    status: 404,
    exit: "notFound",
    title: "No such charge",
    fix: "headgate budget journal <account> shows the numbers of its charges; only a settlement or a charge can be mended.",
  },
  "budget.lease-unknown": { status: 404, exit: "notFound", title: "No such lease", fix: "headgate budget lease list shows them." },
  "budget.lease-closed": { status: 409, exit: "conflict", title: "Lease is over", fix: "Open another; what ran out of it can still be settled." },
  "budget.lease-recalled": { status: 409, exit: "conflict", title: "Others need part of the lease", fix: "Give back at least what is recalled." },
  "budget.refund-exceeds": { status: 409, exit: "conflict", title: "More than was charged", fix: "Refund at most what the charge still has." },
  "budget.award-unknown": { status: 404, exit: "notFound", title: "No such award", fix: "headgate budget award list shows those you can see." },
  "budget.award-exists": { status: 409, exit: "conflict", title: "Award is there already", fix: "Update it; an account spends one award." },
  "budget.award-exceeded": { status: 409, exit: "conflict", title: "More than the award has", fix: "Schedule at most what its total still has." },
  "budget.indirect-unknown": {
    status: 409,
    exit: "conflict",
    title: "No indirect rate for this class",
    fix: "Set one, or exempt the class: headgate budget award set-indirect.",
  },
  "budget.release-waits": {
    status: 409,
    exit: "conflict",
    title: "Release waits",
    fix: "It needs its day, and a report or an approver: budget allocation list.",
  },
  "budget.outcome-unknown": {
    status: 503,
    exit: "failed",
    title: "Outcome not known yet",
    fix: "Ask again with the same Idempotency-Key: the answer says whether it was done.",
  },

  // cli: the terminal
  "usage.missing": { status: 400, exit: "usage", title: "Something is missing", fix: "Add --help to see how the command is used." },
  "usage.value": { status: 400, exit: "usage", title: "Value not allowed", fix: "Add --help to see how the command is used." },
  "usage.surplus": { status: 400, exit: "usage", title: "Too much given", fix: "Add --help to see how the command is used." },
  "server.not-running": { status: 503, exit: "failed", title: "No server is running", fix: "Start one: headgate start, or headgate server." },
  "server.unreachable": {
    status: 503,
    exit: "failed",
    title: "Server cannot be reached",
    fix: "Check the address and the network; headgate doctor looks for the cause.",
  },
  "server.answer": {
    status: 502,
    exit: "failed",
    title: "Not an answer of Headgate",
    fix: "Check the address: something else answers there, or a Headgate of another version.",
  },
  "server.no-token": { status: 401, exit: "cloud", title: "No token for this server", fix: "Give the token of that server in HEADGATE_TOKEN." },

  // price
  "price.free-without-reason": { status: 422, exit: "invalid", title: "Free without a reason", fix: "Say why it is free, e.g. condo." },
  "price.missing": {
    status: 422,
    exit: "refused",
    title: "No price known",
    fix: "Give the rate, or say that it is free and why; a missing price is never taken as zero.",
  },

  // app: science codes, their files, and what they need of a machine
  "app.not-found": { status: 404, exit: "notFound", title: "No such app", fix: "headgate app list shows what there is." },
  "app.case-unknown": { status: 404, exit: "notFound", title: "No such case", fix: "headgate app info <app> shows its cases." },
  "app.exists": { status: 409, exit: "conflict", title: "An app of that name is there", fix: "Choose another name or another folder." },
  "app.parameter-unknown": { status: 400, exit: "invalid", title: "Unknown parameter", fix: "headgate app info <app> shows the parameters." },
  "app.parameter-missing": { status: 400, exit: "invalid", title: "Parameter missing", fix: "Give the parameter a value." },
  "app.placeholder": {
    status: 400,
    exit: "invalid",
    title: "Placeholder not usable",
    fix: "Write {{ name }} with the name of a parameter, or job.cores, job.memory_mib, job.time_limit_s.",
  },
  "app.pattern": {
    status: 400,
    exit: "invalid",
    title: "Pattern not usable",
    fix: "Write a regular expression that is searched line by line, with one group (?<value>...).",
  },
  "app.path": { status: 400, exit: "invalid", title: "Path not usable", fix: "Write a path within the folder, without '..' and not beginning with '/'." },
  "app.file-missing": { status: 400, exit: "invalid", title: "File of the app is missing", fix: "Add the file to the app's folder, or correct its name." },
  "app.file-unsuitable": {
    status: 400,
    exit: "invalid",
    title: "File of the app cannot be used",
    fix: "Files of an app are UTF-8 text of at most 256 KiB; larger data is installed, or given as a parameter of type file.",
  },
  "app.shell": {
    status: 400,
    exit: "invalid",
    title: "Command line for a shell",
    fix: "Give the command as a list of words, or put the lines into a script of the app's folder and run that.",
  },
  "app.needs-missing": { status: 409, exit: "failed", title: "Something the app needs is missing", fix: "headgate doctor says how to get it." },
  "app.install-failed": { status: 500, exit: "failed", title: "Installation failed", fix: "The last lines of the package manager say why." },
  "app.run-failed": {
    status: 500,
    exit: "failed",
    title: "Files of the run cannot be laid out",
    fix: "Look at the path named, its permissions and the space left.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;
