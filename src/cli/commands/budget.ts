import { choice, command, optional, required, takes, type Command } from "../command.ts";
import { overrunCommands } from "./budget-overrun.ts";
import { forecastCommands } from "./budget-forecast.ts";
import { exemptCommands } from "./budget-exempt.ts";
import { holdCommands } from "./budget-hold.ts";
import { leaseCommands } from "./budget-lease.ts";
import { moveCommands } from "./budget-moves.ts";
import { awardCommands } from "./budget-award.ts";
import { alertCommands } from "./budget-alert.ts";
import { budgetAccountCommands } from "./budget-account.ts";
import { fundCommands } from "./budget-fund.ts";
import { overheadCommands } from "./budget-overhead.ts";
import { rateCommands } from "./budget-rate.ts";
import { quoteCommands } from "./budget-quote.ts";
import { suRateCommands } from "./budget-su-rate.ts";
import { refundPolicyCommands } from "./budget-refund-policy.ts";
import { standingCommands } from "./budget-standing.ts";
import { pageFlags } from "../pages.ts";

const ACCOUNT = { hint: "project" } as const;
const PAGE = pageFlags(100, 500);

export const statusTakes = takes({ args: { account: optional("ACCOUNT", "one project or department; without it, all of mine", ACCOUNT) } });

export const status = command({
  path: "budget status",
  brief: "show what my projects have left, my default, and what costs money each day",
  takes: statusTakes,
  examples: [
    { line: "headgate budget status", says: "all my projects" },
    { line: "headgate budget status materials", says: "one of them" },
  ],
  load: async () => (await import("./budget-look.ts")).showStatus,
});

export const explainTakes = takes({ args: { account: optional("ACCOUNT", "a project or department; without it, my default", ACCOUNT) } });

export const explain = command({
  path: "budget explain",
  brief: "say why an account can commit as much as it can, level by level",
  takes: explainTakes,
  examples: [{ line: "headgate budget explain materials", says: "which level binds, and the reservations that count against it" }],
  load: async () => (await import("./budget-explain.ts")).explainAccount,
});

export const accountsTakes = takes({ flags: PAGE });

export const accounts = command({
  path: "budget accounts",
  brief: "list accounts, parents before children",
  takes: accountsTakes,
  examples: [{ line: "headgate budget accounts", says: "what each department and project was allotted, has spent and has reserved" }],
  load: async () => (await import("./budget-look.ts")).listAccounts,
});

export const setDefaultTakes = takes({ args: { account: required("ACCOUNT", "a project that you belong to", ACCOUNT) } });

export const setDefault = command({
  path: "budget default",
  brief: "choose the project that pays when none is named",
  takes: setDefaultTakes,
  examples: [{ line: "headgate budget default climate", says: "from now on jobs without --project are paid by climate" }],
  load: async () => (await import("./budget-look.ts")).chooseDefault,
});

export const holdsTakes = takes({
  args: { account: optional("ACCOUNT", "only of this project or department", ACCOUNT) },
  flags: { state: choice("STATE", ["open", "settled", "released", "expired"], "only those in this state"), ...PAGE },
});

export const holds = command({
  path: "budget holds",
  brief: "list reservations, newest first",
  takes: holdsTakes,
  examples: [{ line: "headgate budget holds materials --state open", says: "what is reserved now, for whom and what" }],
  load: async () => (await import("./budget-journal.ts")).listHolds,
});

export const journalTakes = takes({
  args: { account: required("ACCOUNT", "a project or department", ACCOUNT) },
  flags: PAGE,
});

export const journal = command({
  path: "budget journal",
  brief: "list every movement of an account's money, newest first",
  takes: journalTakes,
  examples: [{ line: "headgate budget journal materials", says: "what was allotted, reserved, charged and given back, when and why" }],
  load: async () => (await import("./budget-journal.ts")).listJournal,
});

export const budgetCommands: readonly Command[] = [
  status,
  explain,
  accounts,
  setDefault,
  holds,
  journal,
  ...forecastCommands,
  ...budgetAccountCommands,
  ...holdCommands,
  ...exemptCommands,
  ...overrunCommands,
  ...alertCommands,
  ...moveCommands,
  ...leaseCommands,
  ...standingCommands,
  ...overheadCommands,
  ...rateCommands,
  ...quoteCommands,
  ...refundPolicyCommands,
  ...suRateCommands,
  ...fundCommands,
  ...awardCommands,
];
