import { command, many, optional, parsed, repeated, required, text, toggle, wholeNumber, takes, type Command, type FlagTable } from "../command.ts";
import { parseBytes } from "../format.ts";
import { VALID } from "./budget-quote.ts";
import { pageFlags } from "../pages.ts";

/** What can be said on top of a job file or a case; each wins over what stands there. */
export const OVERRIDES = {
  project: text("PROJECT", "the project that pays", { letter: "p", hint: "project" }),
  name: text("NAME", "what the job is called in lists"),
  set: repeated(parsed("NAME=VALUE", "a parameter of the app", parseAssignment, "of the form name=value", { letter: "s" })),
  cores: wholeNumber("N", 1, 65_536, "how many cores", { letter: "n" }),
  memory: text("SIZE", "memory for the whole job, e.g. 4G"),
  timeLimit: text("TIME", "it is stopped after this, e.g. 90s, 2h or 1-12:00:00; the most it can cost follows from it", { letter: "t" }),
  array: text("TASKS", "many tasks in one job: 0-9, 1-10:3, 1,4,7; %3 at the end lets three run at once"),
} as const satisfies FlagTable;

const QUOTED = {
  file: text("FILE", "a job file; - reads it from stdin", { letter: "f", hint: "file" }),
  ...OVERRIDES,
} as const satisfies FlagTable;

const SUBMITTED = {
  ...QUOTED,
  quote: text("ID", "the quote whose price counts; see headgate job quote"),
} as const satisfies FlagTable;

const WHAT = { what: optional("CASE", "a ready case, app/case as headgate app list shows them; or use --file", { hint: "case" }) } as const;

export function parseAssignment(given: string): readonly [string, string] | undefined {
  const at = given.indexOf("=");
  return at < 1 ? undefined : [given.slice(0, at), given.slice(at + 1)];
}

export const submitTakes = takes({
  args: WHAT,
  flags: SUBMITTED,
});

export const submit = command({
  path: "job submit",
  brief: "send a job: reserve the most it can cost, queue it, print its number",
  details: [
    "A job is a ready case of the catalogue or a file (headgate schema job). Before it is queued the most it can cost is reserved on the project; when it has ended it is charged what it did cost and the rest is given back. Exit code 7 when the budget says no.",
  ],
  takes: submitTakes,
  dryRun: true,
  examples: [
    { line: "headgate job submit quantum-espresso/silicon-scf --project materials", says: "a case as it is" },
    { line: "headgate job submit quantum-espresso/silicon-scf -s ecutwfc=24 -n 2", says: "with another parameter, on two cores" },
    { line: "headgate job submit -f run.yaml --dry-run", says: "what it would do and cost, and whether it would be accepted" },
    { line: "headgate job submit -f run.yaml --quote 01890000-0000-7000-8000-00000000000a", says: "by the rates that were promised" },
    { line: "headgate job submit -f run.yaml -o json | jq -r .job.number", says: "the number alone, for a script" },
  ],
  load: async () => (await import("./job-submit.ts")).submitJob,
});

export const quoteTakes = takes({ args: WHAT, flags: { ...QUOTED, valid: VALID } });

export const quote = command({
  path: "job quote",
  brief: "promise the most that a job costs, by the rates of now, for some days",
  details: [
    "Nothing is reserved. job submit --quote ID then reserves that amount and charges by those rates, even if rates were raised since: for the same project, app, cores, memory, time limit, tasks and attempts, and once. Case, parameters, name and files may differ.",
  ],
  takes: quoteTakes,
  examples: [
    { line: "headgate job quote quantum-espresso/silicon-scf --project materials", says: "a price that holds for seven days" },
    { line: "headgate job quote -f run.yaml --valid 30 -o json | jq -r .id", says: "its id alone, for a script" },
  ],
  load: async () => (await import("./job-quote.ts")).quoteJob,
});

export const runTakes = takes({
  args: WHAT,
  flags: { ...SUBMITTED, log: toggle("show what it prints as it prints it, on stderr", "l") },
});

export const run = command({
  path: "job run",
  brief: "send a job, wait for its end, show its results",
  details: [
    "Like job submit, but stays until the job has ended. Ctrl-C leaves the job running. Exit code 0 when it completed, 1 when it failed, 7 when it was refused, 8 when it ran into its time limit.",
  ],
  takes: runTakes,
  examples: [
    { line: "headgate job run quantum-espresso/silicon-scf --project materials", says: "runs it and shows the energy and the charge" },
    { line: "headgate job run -f run.yaml --log && echo done", says: "in a script" },
  ],
  load: async () => (await import("./job-run.ts")).runJob,
});

export const listTakes = takes({
  flags: {
    state: text("STATES", "only these states or outcomes, with commas: queued,running or failed"),
    person: text("PERSON", "only this person's", { hint: "person" }),
    project: text("PROJECT", "only those this project pays", { letter: "p", hint: "project" }),
    app: text("APP", "only runs of this app", { hint: "app" }),
    ...pageFlags(50, 200),
  },
});

export const list = command({
  path: "job list",
  brief: "list jobs, newest first",
  takes: listTakes,
  examples: [
    { line: "headgate job list", says: "what waits, what runs, what ended" },
    { line: "headgate job list --state queued,running --project climate", says: "what a project has under way" },
    { line: "headgate job list --state failed -o json", says: "for a program" },
  ],
  load: async () => (await import("./job-look.ts")).listJobs,
});

const JOB = { job: required("JOB", "its number, 1841, or 1841_7 for one task of an array", { hint: "job" }) } as const;

export const statusTakes = takes({
  args: JOB,
  flags: { tasks: toggle("the tasks of an array one by one"), events: toggle("its journal: every change of state, when and why") },
});

export const status = command({
  path: "job status",
  brief: "show one job: state, times, results, files, money",
  takes: statusTakes,
  examples: [
    { line: "headgate job status 1841", says: "everything about it" },
    { line: "headgate job status 1841 --events", says: "what happened when" },
  ],
  load: async () => (await import("./job-status.ts")).showStatus,
});

export const logsTakes = takes({
  args: JOB,
  flags: {
    follow: toggle("go on until it ends", "f"),
    tail: parsed("SIZE", "begin this far before the end, e.g. 64K", parseBytes, "a number of bytes such as 65536, 64K or 2M"),
    attempt: wholeNumber("N", 1, 1000, "of an earlier attempt"),
  },
});

export const logs = command({
  path: "job logs",
  brief: "show what a job prints",
  takes: logsTakes,
  examples: [
    { line: "headgate job logs 1841", says: "all of it" },
    { line: "headgate job logs -f 1841", says: "as it is printed, to the job's end" },
    { line: "headgate job logs 1841_7 | less", says: "one task of an array" },
  ],
  load: async () => (await import("./job-logs.ts")).showLog,
});

export const cancelTakes = takes({
  args: { jobs: many("JOB", "numbers of jobs, or 1841_7 for one task of an array", { hint: "job" }) },
  flags: { reason: text("WORDS", "why, for the journal") },
});

export const cancel = command({
  path: "job cancel",
  brief: "cancel jobs: what waits is given back, what runs gets TERM, 10 s, KILL",
  takes: cancelTakes,
  examples: [
    { line: "headgate job cancel 1841", says: "the job, or the whole array" },
    { line: "headgate job cancel 1841_7 1842 --reason 'wrong input'", says: "one task and another job" },
  ],
  load: async () => (await import("./job-act.ts")).cancelJobs,
});

export const retryTakes = takes({
  args: JOB,
  flags: OVERRIDES,
});

export const retry = command({
  path: "job retry",
  brief: "send a job that has ended once more, under a new number",
  details: ["With a new reservation. Of an array the tasks that did not complete are sent."],
  takes: retryTakes,
  examples: [
    { line: "headgate job retry 1841", says: "as it was" },
    { line: "headgate job retry 1841 --time-limit 4h --memory 8G", says: "with more time and memory" },
  ],
  load: async () => (await import("./job-act.ts")).retryJob,
});

export const costTakes = takes({ args: JOB });

export const cost = command({
  path: "job cost",
  brief: "show what a job reserved, was charged and gave back, term by term",
  takes: costTakes,
  examples: [{ line: "headgate job cost 1841", says: "every figure and how it comes about" }],
  load: async () => (await import("./job-money.ts")).showCost,
});

export const whyTakes = takes({ args: JOB });

export const why = command({
  path: "job why",
  brief: "say why a job waits, or why it ended as it did",
  takes: whyTakes,
  examples: [{ line: "headgate job why 1841", says: "what it waits for, and when it should start" }],
  load: async () => (await import("./job-money.ts")).showWhy,
});

export const jobCommands: readonly Command[] = [submit, quote, run, list, status, logs, why, cost, cancel, retry];
