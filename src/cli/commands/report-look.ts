import { choice, command, optional, parsed, required, takes, text, wholeNumber, type Command } from "../command.ts";
import { timeFlag } from "../time-flag.ts";

const ACCOUNT = { hint: "project" } as const;

export const balanceTakes = takes({
  args: { account: required("ACCOUNT", "a project or department", ACCOUNT) },
  flags: { at: timeFlag("as of this moment; without it, now") },
});

const balance = command({
  path: "budget balance",
  brief: "show the balance of an account as of any moment",
  takes: balanceTakes,
  examples: [{ line: "headgate budget balance climate --at 2026-11-01T05:00:00Z", says: "what was left when November began in Chicago" }],
  load: async () => (await import("./report-look-run.ts")).showBalance,
});

export const whyTakes = takes({ args: { reference: required("JOB|HOLD", "a job's number or a reservation's id", { hint: "job" }) } });

const why = command({
  path: "budget why",
  brief: "say why a job or a reservation was charged, entry by entry, with the formula's terms",
  takes: whyTakes,
  examples: [{ line: "headgate budget why 1841", says: "what was reserved and by which formula, each charge, what was given back" }],
  load: async () => (await import("./report-look-run.ts")).showCharge,
});

const banner = command({
  path: "budget banner",
  brief: "print what my projects have left on one line, for a login",
  details: [
    "In /etc/profile.d: headgate budget banner 2>/dev/null. Nothing is printed for who has no project; when the server does not answer it says so on stderr and ends with another code than 0.",
  ],
  examples: [{ line: "headgate budget banner", says: "one line, or none" }],
  load: async () => (await import("./report-look-run.ts")).showBanner,
});

export const remainingTakes = takes({
  args: { account: optional("ACCOUNT", "a project; without it, HEADGATE_PROJECT, SLURM_JOB_ACCOUNT, or my default", ACCOUNT) },
});

const remaining = command({
  path: "budget remaining",
  brief: "print what an account can still commit, and nothing else",
  takes: remainingTakes,
  examples: [{ line: "headgate budget remaining climate", says: "an amount, for a script: -o json has it as a decimal" }],
  load: async () => (await import("./report-look-run.ts")).showRemaining,
});

export const oodTakes = takes({
  flags: {
    unit: choice("UNIT", ["USD", "SU"], "accounts in this unit (USD); a file has one"),
    file: text("FILE", "write it there, in one piece; without it, to stdout", { hint: "file" }),
  },
});

const ood = command({
  path: "report open-ondemand",
  brief: "write the balances file of Open OnDemand's dashboard",
  details: [
    "Set OOD_BALANCE_PATH to the file, and write it again every few minutes. Amounts are whole, rounded down; each is what the account can still commit. Needs the token of an administrator, who sees everybody.",
  ],
  takes: oodTakes,
  examples: [{ line: "headgate report open-ondemand --file /etc/ood/balances.json", says: "for a timer" }],
  load: async () => (await import("./report-look-run.ts")).writeOod,
});

const DURATION = /^([1-9]\d{0,4})([hdwm])$/;
const DURATION_HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168, m: 720 };

function hoursOf(given: string): number | undefined {
  const match = DURATION.exec(given);
  return match === null ? undefined : Number(match[1]) * DURATION_HOURS[match[2]!]!;
}

export const transactionsTakes = takes({
  args: { account: optional("ACCOUNT", "a project or department; without it, my default", ACCOUNT) },
  flags: {
    account: text("ACCOUNT", "the same", ACCOUNT),
    last: parsed("TIME", "only of the last 7d, 12h, 2w", hoursOf, "a time such as 7d, 12h, 2w or 3m"),
    type: choice("TYPE", ["hold", "charge", "refund", "adjustment", "allocation"], "only of this type"),
    status: choice("STATUS", ["pending", "completed", "failed", "cancelled"], "only in this status"),
    job: text("JOB", "only of this job", { hint: "job" }),
    limit: wholeNumber("N", 1, 500, "at most this many (100)"),
    offset: wholeNumber("N", 0, 1_000_000, "leave so many of the newest out"),
  },
});

const transactions = command({
  path: "budget transactions list",
  brief: "list movements in asbb's words: hold, charge, refund, adjustment, allocation",
  takes: transactionsTakes,
  examples: [
    { line: "headgate budget transactions list --account climate --last 7d --type hold --status pending", says: "what is reserved since a week at most" },
  ],
  load: async () => (await import("./report-look-run.ts")).listTransactions,
});

export const transactionTakes = takes({ args: { id: required("ID", "the number of a transaction; headgate budget transactions list shows it") } });

const transaction = command({
  path: "budget transactions show",
  brief: "show one movement in asbb's words",
  takes: transactionTakes,
  examples: [{ line: "headgate budget transactions show 4711425", says: "who, when, what, why" }],
  load: async () => (await import("./report-look-run.ts")).showTransaction,
});

export const lookCommands: readonly Command[] = [balance, why, banner, remaining, transactions, transaction, ood];
