import { choice, command, required, takes, text, type Command } from "../command.ts";
import { timeFlag } from "../time-flag.ts";
import { pageFlags } from "../pages.ts";

/** Commands that change accounts: for the owner and administrators. */

const ACCOUNT = { hint: "project" } as const;
const account = required("ACCOUNT", "a project or department", ACCOUNT);
const amount = required("AMOUNT", "in the account's unit, such as 200 or 200.50");
const REASON = { reason: text("WORDS", "why; it stands in the journal") } as const;

export const listTakes = takes({
  flags: { ...pageFlags(100, 500) },
});

const list = command({
  path: "budget account list",
  brief: "list accounts, parents before children; the same as budget accounts",
  takes: listTakes,
  examples: [{ line: "headgate budget account list", says: "what each department and project was allotted, has spent and has reserved" }],
  load: async () => (await import("./budget-look.ts")).listAccounts,
});

export const showTakes = takes({ args: { account } });

const show = command({
  path: "budget account show",
  brief: "show one account: its limit, what is spent, reserved and free, its dates and people",
  takes: showTakes,
  examples: [{ line: "headgate budget account show materials", says: "with what binds it now" }],
  load: async () => (await import("./budget-look.ts")).showAccount,
});

export const createTakes = takes({
  args: { name: required("NAME", "lower-case letters, digits, - _ .") },
  flags: {
    kind: choice("KIND", ["institution", "department", "project", "person", "overhead", "advance"], "what it is (project)"),
    parent: text("ACCOUNT", "the account it is part of", ACCOUNT),
    title: text("WORDS", "its name in full"),
    allocate: text("AMOUNT", "its limit at the start (0)"),
    unit: choice("UNIT", ["USD", "SU"], "what it is kept in (USD)"),
    start: timeFlag("nothing can be committed before"),
    end: timeFlag("nothing can be committed from then on"),
    slurmAccount: text("NAME", "its name in Slurm"),
    reason: text("WORDS", "why; an advance account needs it"),
    approver: text("PERSON", "who approved it; an advance account needs it"),
  },
});

export const create = command({
  path: "budget account create",
  brief: "open an account",
  details: ["An account's limit bounds what it and everything below it commits. People are added with headgate member add."],
  takes: createTakes,
  examples: [
    {
      line: "headgate budget account create isotopes --parent earth-sciences --allocate 500 --end 2027-06-30",
      says: "a project with $500.00 until the end of June",
    },
    {
      line: "headgate budget account create climate-advance --kind advance --allocate 200 --approver dean --reason 'renewal is promised'",
      says: "$200.00 that may be spent at risk until the award is there",
    },
  ],
  load: async () => (await import("./budget-change.ts")).createAccount,
});

export const termsTakes = takes({
  args: { account },
  flags: {
    start: timeFlag("nothing can be committed before"),
    end: timeFlag("nothing can be committed from then on"),
    reserveAt: choice("WHEN", ["submission", "start", "inherit"], "when money is reserved for its jobs; inherit: as the account above"),
    ...REASON,
  },
});

export const update = command({
  path: "budget account update",
  brief: "set when an account starts and ends, and when it reserves money for jobs",
  details: [
    "With --reserve-at start a job is taken without a reservation, and its money is reserved right before it starts: jobs that wait lock nobody out. Where there is too little then, it stays in the queue and says why; others go on.",
  ],
  takes: termsTakes,
  examples: [
    { line: "headgate budget account update climate --end 2027-12-31 --reason 'no-cost extension'", says: "what it has may be used until then" },
    {
      line: "headgate budget account update climate --reserve-at start --reason 'padded time limits'",
      says: "for climate, and what is below it and says nothing",
    },
  ],
  load: async () => (await import("./budget-change.ts")).updateAccount,
});

export const statusTakes = takes({ args: { account }, flags: REASON });

export const freeze = command({
  path: "budget account freeze",
  brief: "let nothing new be committed; what runs goes on and is charged",
  takes: statusTakes,
  examples: [{ line: "headgate budget account freeze climate --reason 'audit'", says: "jobs that wait for a reservation are refused from now on" }],
  load: async () => (await import("./budget-change.ts")).freezeAccount,
});

export const reopen = command({
  path: "budget account reopen",
  brief: "let a frozen or closed account be used again",
  takes: statusTakes,
  examples: [{ line: "headgate budget account reopen climate --reason 'audit done'", says: "with what it has left" }],
  load: async () => (await import("./budget-change.ts")).reopenAccount,
});

export const close = command({
  path: "budget account close",
  brief: "end an account; its journal stays for ever",
  takes: statusTakes,
  asks: true,
  examples: [{ line: "headgate budget account close climate --reason 'award closed out'", says: "asks first; what comes late is still charged" }],
  load: async () => (await import("./budget-change.ts")).closeAccount,
});

export const absorb = command({
  path: "budget account absorb",
  brief: "decide that overrun which fits under the limit again is dealt with",
  details: [
    "While an account has overrun nothing new can be committed on it or below. Money that is given covers it; this is for what fits again because reservations were given back.",
  ],
  takes: statusTakes,
  examples: [{ line: "headgate budget account absorb climate --reason 'agreed with the PI'", says: "new work is let through again" }],
  load: async () => (await import("./budget-change.ts")).absorbOverrun,
});

export const setLimitTakes = takes({
  args: { account },
  flags: {
    person: text("PERSON", "whose work", { hint: "person" }),
    partition: text("PARTITION", "work on which partition"),
    limit: text("AMOUNT", "what it may commit, counted from now on"),
    ...REASON,
  },
});

export const setLimit = command({
  path: "budget account set-limit",
  brief: "limit one person, or one partition, inside an account",
  takes: setLimitTakes,
  examples: [
    { line: "headgate budget account set-limit climate --person james --limit 50", says: "of what climate has, james may commit $50.00" },
    { line: "headgate budget account set-limit climate --partition gpu --limit 200", says: "and all together $200.00 on the partition gpu" },
  ],
  load: async () => (await import("./budget-change.ts")).setLimit,
});

export const limitsTakes = takes({ args: { account } });

export const limits = command({
  path: "budget account limits",
  brief: "list the limits for people and partitions inside an account",
  takes: limitsTakes,
  examples: [{ line: "headgate budget account limits climate", says: "each with what is spent and reserved of it" }],
  load: async () => (await import("./budget-change.ts")).listLimits,
});

export const transferTakes = takes({
  args: { from: required("FROM", "the account that gives", ACCOUNT), to: required("TO", "the account that gets", ACCOUNT), amount },
  flags: REASON,
});

export const transfer = command({
  path: "budget transfer",
  brief: "move what is free from one account to another",
  takes: transferTakes,
  examples: [{ line: "headgate budget transfer climate materials 40 --reason 'shared run'", says: "refused when climate has less than $40.00 free" }],
  load: async () => (await import("./budget-change.ts")).transferMoney,
});

export const moneyTakes = takes({ args: { account, amount }, flags: REASON });

export const give = command({
  path: "budget allocation give",
  brief: "give an account money",
  takes: moneyTakes,
  examples: [{ line: "headgate budget allocation give climate 200 --reason 'second half of ATM-2231'", says: "its limit rises; overrun is covered first" }],
  load: async () => (await import("./budget-change.ts")).giveMoney,
});

export const take = command({
  path: "budget allocation take",
  brief: "take back money that is free",
  takes: moneyTakes,
  examples: [{ line: "headgate budget allocation take climate 100 --reason 'not needed'", says: "refused when less is free" }],
  load: async () => (await import("./budget-change.ts")).takeMoney,
});

export const cut = command({
  path: "budget allocation cut",
  brief: "take away money that is gone, also beyond what is free",
  details: [
    "For an award that was cut: it always posts. What is spent or reserved already and no longer covered becomes overrun, which stops new work until somebody decides.",
  ],
  takes: moneyTakes,
  asks: true,
  examples: [{ line: "headgate budget allocation cut climate 300 --reason 'award reduced by the agency'", says: "asks first" }],
  load: async () => (await import("./budget-change.ts")).cutMoney,
});

export const budgetAccountCommands: readonly Command[] = [
  list,
  show,
  create,
  update,
  freeze,
  reopen,
  close,
  absorb,
  setLimit,
  limits,
  transfer,
  give,
  take,
  cut,
];
