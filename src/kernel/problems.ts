import type { ExitName } from "./problem.ts";

type ProblemKind = {
  readonly status: number;
  readonly exit: ExitName;
  readonly title: string;
  /** What a person does about it in general; a single problem may say it more precisely. */
  readonly fix: string;
};

/**
 * Every problem that Headgate can report, by room. docs/problems.md is generated from this file.
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

  // document: files that people write
  "file.unreadable": { status: 400, exit: "notFound", title: "File cannot be read", fix: "Check the path and its permissions." },
  "file.too-large": { status: 413, exit: "invalid", title: "File too large", fix: "Files that people write are at most 1 MiB." },
  "yaml.syntax": { status: 400, exit: "invalid", title: "Not valid YAML", fix: "Correct the line named; most often it is an indent, a tab or a missing quote." },
  "yaml.duplicate-key": { status: 400, exit: "invalid", title: "Key written twice", fix: "Keep one of the two." },
  "yaml.alias": { status: 400, exit: "invalid", title: "Too many aliases", fix: "Write the values out." },
  "key.unknown": { status: 400, exit: "invalid", title: "Unknown key", fix: "Remove the key or correct its name." },
  "key.missing": { status: 400, exit: "invalid", title: "Key missing", fix: "Add the key." },
  "value.type": { status: 400, exit: "invalid", title: "Wrong type of value", fix: "Give a value of the type named." },
  "value.invalid": { status: 400, exit: "invalid", title: "Value not allowed", fix: "Give a value that the message allows." },
  "value.range": { status: 400, exit: "invalid", title: "Value out of range", fix: "Give a value within the range named." },
  "value.time": { status: 400, exit: "invalid", title: "Not a time", fix: "Write 90s, 15m, 6h, 2d, 1h30m, or one of Slurm's forms such as 1-12:00:00." },
  "value.memory": { status: 400, exit: "invalid", title: "Not an amount of memory", fix: "Write 512M, 4G or 1.5T." },
  "value.money": { status: 400, exit: "invalid", title: "Not an amount of money", fix: "Write dollars with at most six decimals, e.g. \"120.00\"." },
  "value.name": { status: 400, exit: "invalid", title: "Not a name", fix: "Use lower-case letters, digits, '.', '_' and '-', beginning with a letter, at most 63." },
  "value.duplicate": { status: 400, exit: "invalid", title: "Named twice", fix: "Give each its own name." },
  "reference.unknown": { status: 400, exit: "invalid", title: "Names something that is not there", fix: "Correct the name, or add what it names." },

  // kernel's users: configuration and state
  "config.invalid": { status: 400, exit: "invalid", title: "Configuration not valid", fix: "headgate config show names where each value comes from." },
  "state.read-only": { status: 500, exit: "failed", title: "State folder cannot be written", fix: "Make it writable, or choose another with HEADGATE_STATE." },
  "state.disk-full": { status: 507, exit: "failed", title: "Disk full", fix: "Free some space; nothing was half done." },

  // job
  "job.not-found": { status: 404, exit: "notFound", title: "No such job", fix: "headgate job list shows what there is." },
  "job.not-yours": { status: 403, exit: "refused", title: "Somebody else's job", fix: "Ask its owner or an administrator." },
  "job.ended": { status: 409, exit: "conflict", title: "Job has ended", fix: "Nothing to do; headgate job status shows how it ended." },
  "job.not-ended": { status: 409, exit: "conflict", title: "Job has not ended", fix: "Wait for it, or cancel it first." },
  "job.too-large": { status: 422, exit: "refused", title: "Larger than the machine", fix: "Ask for fewer cores or less memory; headgate doctor shows what this machine has." },
  "job.queue-full": { status: 429, exit: "refused", title: "Queue full", fix: "Wait until some jobs have ended, or cancel some." },
  "job.no-log": { status: 404, exit: "notFound", title: "No log", fix: "A log begins when the job starts, and is removed with the job's folder." },
  "job.array": { status: 400, exit: "invalid", title: "Not an array", fix: "Write 0-9, 1-10:3, 1,4,7 or any of them with a limit such as %3." },
  "job.gpus": { status: 400, exit: "invalid", title: "No GPUs here", fix: "Leave gpus out, or set it to 0." },
  "job.input-missing": { status: 400, exit: "invalid", title: "Input not found", fix: "Correct the path; relative paths start from the folder of the job file." },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;
