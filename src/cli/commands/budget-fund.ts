import { command, required, takes, text, type Command } from "../command.ts";

/** Several funds for the work of one account. */

const ACCOUNT = { hint: "project" } as const;
const account = required("ACCOUNT", "the account that the work is sent to", ACCOUNT);
const reason = text("TEXT", "why; it stands in the journal");

export const setTakes = takes({
  args: { account },
  flags: {
    inOrder: text("FUNDS", "accounts with commas between: each as far as it goes, then the next one"),
    byShare: text("SHARES", "accounts with their shares, such as nsf-1=60%,dept=40%"),
    reason,
  },
});

const set = command({
  path: "budget fund set",
  brief: "say which accounts pay for the work of an account",
  details: [
    "A reservation on the account is then made on its funds: with --in-order each takes what it has room for, and one that is frozen, over or ends too early is passed over; with --by-share each takes its share, or all is refused. A charge is divided in the same manner. The account's own money pays only where the account is named among the funds.",
    "What is reserved already stays where it is.",
  ],
  takes: setTakes,
  examples: [
    {
      line: "headgate budget fund set materials --in-order nsf-2231,startup,department --reason 'grant first'",
      says: "the grant pays, then the start-up fund, then the department",
    },
    { line: "headgate budget fund set climate --by-share nsf-2231=60%,doe-17=40% --reason 'joint project'", says: "two grants share every job" },
  ],
  load: async () => (await import("./budget-fund-run.ts")).setFunds,
});

export const clearTakes = takes({ args: { account }, flags: { reason } });

const clear = command({
  path: "budget fund clear",
  brief: "let an account pay for its work itself again",
  takes: clearTakes,
  examples: [{ line: "headgate budget fund clear materials --reason 'grant has ended'", says: "what is reserved on its funds stays there" }],
  load: async () => (await import("./budget-fund-run.ts")).clearFunds,
});

const list = command({
  path: "budget fund list",
  brief: "list accounts that are paid from several funds",
  examples: [{ line: "headgate budget fund list", says: "each with its funds in their order, or with their shares" }],
  load: async () => (await import("./budget-fund-run.ts")).listFunds,
});

export const fundCommands: readonly Command[] = [set, clear, list];
