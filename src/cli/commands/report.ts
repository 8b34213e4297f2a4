import { USAGE_NAMES, usageKind } from "#report/contract";
import { choice, command, optional, parsed, required, takes, text, wholeNumber, type Command } from "../command.ts";
import { dayFlag } from "../time-flag.ts";

const ACCOUNT = { hint: "project" } as const;

function namesOf(given: string): string | undefined {
  return given.split(",").every((name) => USAGE_NAMES.some((known) => known === name)) ? given : undefined;
}

function monthOf(given: string): string | undefined {
  return /^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$/.test(given) ? given : undefined;
}

/** What every report is told of time. */
export const periodFlags = {
  month: parsed("MONTH", "of this month; without it and --from, the one that it is", monthOf, "a month such as 2026-11"),
  zone: text("ZONE", "days begin at midnight in this time zone, e.g. America/Chicago; without it, in yours"),
};

const filters = {
  ...periodFlags,
  from: dayFlag("from this day on"),
  to: dayFlag("up to this day, which is in it"),
  person: text("PERSON", "only what this person used", { hint: "person" }),
  kind: choice("KIND", usageKind.options, "only costs of this kind"),
  partition: text("PARTITION", "only in this partition"),
  app: text("APP", "only of this app", { hint: "app" }),
  cluster: text("CLUSTER", "only on this machine or cluster"),
  limit: wholeNumber("N", 1, 10_000, "at most this many rows (1000)"),
};

export const usageTakes = takes({
  flags: {
    account: text("ACCOUNT", "of this account and all below it; without it, of all that is mine to see", ACCOUNT),
    by: parsed(
      "NAMES",
      `one row for each of these: ${USAGE_NAMES.join(", ")}; several with commas (account)`,
      namesOf,
      `some of ${USAGE_NAMES.join(", ")}, with commas`,
    ),
    ...filters,
  },
});

const usage = command({
  path: "report usage",
  brief: "add up what was used, by account, person, partition, app, cluster, day or month",
  details: [
    "Everything counts on the day on which the service was given, in your time zone. What was refunded or written off later counts on the day of the charge that it mends; LATE is the part of what was charged that was booked more than three days after its service, so that an earlier report did not have it.",
    "Who answers for an account sees it and all below it; who only uses one sees of it what is her own.",
  ],
  takes: usageTakes,
  examples: [
    { line: "headgate report usage", says: "this month, one row for each account" },
    { line: "headgate report usage --account climate --by person,partition --month 2026-11", says: "who used which partition in November" },
    { line: "headgate report usage --by day --from 2026-11-01 --to 2026-11-15 -o json", says: "day by day, for a program" },
  ],
  load: async () => (await import("./report-run.ts")).showUsage,
});

export const accountUsageTakes = takes({ args: { account: required("ACCOUNT", "a project or department", ACCOUNT) }, flags: periodFlags });

const accountUsage = command({
  path: "budget usage show",
  brief: "show who used an account and where, in a month",
  takes: accountUsageTakes,
  examples: [{ line: "headgate budget usage show climate --month 2026-11", says: "the same as headgate report usage --account climate --by person,partition" }],
  load: async () => (await import("./report-run.ts")).showAccountUsage,
});

export const usageSummaryTakes = takes({
  args: { account: optional("ACCOUNT", "a project or department; without it, all that is mine to see", ACCOUNT) },
  flags: periodFlags,
});

const usageSummary = command({
  path: "budget usage summary",
  brief: "show what each account used in a month",
  takes: usageSummaryTakes,
  examples: [{ line: "headgate budget usage summary", says: "this month" }],
  load: async () => (await import("./report-run.ts")).showUsageSummary,
});

export const statementTakes = takes({
  args: { account: optional("ACCOUNT", "a project or department; or name an award", ACCOUNT) },
  flags: {
    ...periodFlags,
    award: text("NUMBER", "of this award and its account, with its indirect cost"),
    format: choice("FORM", ["table", "csv", "pdf"], "how it is written (table); -o json gives it to programs"),
    paper: choice("SIZE", ["a4", "letter"], "paper of a PDF (a4)"),
    file: text("FILE", "write it there; needed for a PDF", { hint: "file" }),
  },
});

const statement = command({
  path: "report statement",
  brief: "make the monthly statement of an account or an award: table, CSV, JSON, or a PDF to file",
  details: [
    "A statement has what the journal booked in the month: opening balance, allocations, jobs, standing costs, overhead, indirect cost, refunds, what is reserved at its end, closing balance. Once the month is over it does not change; what comes later stands in a later one with its day of service.",
    "The seal is the hash of the journal at its end; headgate db verify proves that what was booked up to there is what it was.",
  ],
  takes: statementTakes,
  examples: [
    { line: "headgate report statement climate --month 2026-11", says: "sums, and what is reserved" },
    { line: "headgate report statement climate --month 2026-11 --format pdf --file climate-2026-11.pdf", says: "for the office" },
    { line: "headgate report statement --award ATM-2231 --format csv --file atm-2231.csv", says: "this month of an award, movement by movement" },
  ],
  load: async () => (await import("./report-statement-run.ts")).makeStatement,
});

export const digestTakes = takes({ args: { account: required("ACCOUNT", "a project or department", ACCOUNT) }, flags: periodFlags });

const digest = command({
  path: "report digest",
  brief: "write the month of an account as a short letter",
  takes: digestTakes,
  examples: [{ line: "headgate report digest climate --month 2026-11", says: "what is left, what was spent and by whom, as plain text" }],
  load: async () => (await import("./report-statement-run.ts")).writeDigest,
});

const rebuild = command({
  path: "report rebuild",
  brief: "add up again, from the journal, what reports of usage are made of",
  details: ["Reports are right before, during and after it; they only take longer until it is done. headgate db verify compares the sums with the journal."],
  examples: [{ line: "headgate report rebuild", says: "after headgate db verify found a sum that is not what the journal says" }],
  load: async () => (await import("./report-run.ts")).rebuildUsage,
});

export const reportCommands: readonly Command[] = [usage, statement, digest, rebuild, accountUsage, usageSummary];
