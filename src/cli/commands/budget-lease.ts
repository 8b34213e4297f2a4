import { choice, command, optional, required, takes, text, type Command } from "../command.ts";
import { timeFlag } from "../time-flag.ts";
import { pageFlags } from "../pages.ts";

/** Leases: for a gate beside Slurm, and for administrators who look after one. */

const ACCOUNT = { hint: "project" } as const;
const id = required("ID", "the lease; headgate budget lease list -o json shows ids");
const ID = "01890000-0000-7000-8000-00000000000a";

export const openTakes = takes({
  args: { account: required("ACCOUNT", "whose money", ACCOUNT), amount: required("AMOUNT", "at most how much") },
  flags: { expires: timeFlag("when what is left is given back, unless it is renewed"), why: text("TEXT", "the reason, for the journal") },
});

const open = command({
  path: "budget lease open",
  brief: "set money aside for a gate",
  details: ["All leases of an account and of each level above are at most a quarter of what is free there, so it may get less than it asks for."],
  takes: openTakes,
  examples: [{ line: "headgate budget lease open climate 50 --expires 2026-12-31T18:00:00Z", says: "at most $50.00 of climate's, until then" }],
  load: async () => (await import("./budget-lease-run.ts")).openLease,
});

export const renewTakes = takes({
  args: { id },
  flags: {
    expires: timeFlag("until when it stands from now on"),
    returns: text("AMOUNT", "what is given back; at least what is recalled (0)"),
    why: text("TEXT", "the reason, for the journal"),
  },
});

const renew = command({
  path: "budget lease renew",
  brief: "let a lease stand longer, and give back what others need of it",
  takes: renewTakes,
  examples: [
    { line: `headgate budget lease renew ${ID} --expires 2026-12-31T19:00:00Z --returns 5`, says: "gives $5.00 back and keeps the rest for another hour" },
  ],
  load: async () => (await import("./budget-lease-run.ts")).renewLease,
});

export const settleTakes = takes({
  args: { id, reserved: required("RESERVED", "what the gate had reserved for the work"), cost: required("COST", "what it truly cost") },
  flags: {
    person: text("PERSON", "whose work it was", { hint: "person" }),
    for: text("SUBJECT", "what ran, such as slurm:alps:4711"),
    partition: text("PARTITION", "where it ran"),
    class: text("CLASS", "adds the indirect cost of this class where the account's award has a rate: compute, cloud"),
    figure: choice("QUALITY", ["estimated", "metered", "billed", "invoiced"], "how good the figure is (metered)"),
    at: timeFlag("when it ended; without it, now"),
  },
});

const settle = command({
  path: "budget lease settle",
  brief: "charge work that was granted out of a lease",
  details: ["It always posts, also after the lease ended: what no limit covers becomes overrun."],
  takes: settleTakes,
  examples: [
    { line: `headgate budget lease settle ${ID} 3 1.20 --person maria --for slurm:alps:4711`, says: "$1.20 is spent, and the other $1.80 is free again" },
  ],
  load: async () => (await import("./budget-lease-run.ts")).settleLease,
});

export const returnTakes = takes({ args: { id }, flags: { why: text("TEXT", "the reason, for the journal") } });

const giveBack = command({
  path: "budget lease return",
  brief: "give back all that is left of a lease and close it",
  takes: returnTakes,
  examples: [{ line: `headgate budget lease return ${ID} --why 'the cluster is gone'`, says: "what ran out of it can still be settled" }],
  load: async () => (await import("./budget-lease-run.ts")).returnLease,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "only of this project or department", ACCOUNT) },
  flags: {
    state: choice("STATE", ["open", "returned", "expired"], "only those in this state"),
    ...pageFlags(100, 500),
  },
});

const list = command({
  path: "budget lease list",
  brief: "list leases, newest first",
  takes: listTakes,
  examples: [{ line: "headgate budget lease list climate --state open", says: "what is set aside now, and what is recalled of it" }],
  load: async () => (await import("./budget-lease-run.ts")).listLeases,
});

export const showTakes = takes({ args: { id } });

const show = command({
  path: "budget lease show",
  brief: "show one lease: what is left of it, and what others need of it",
  takes: showTakes,
  examples: [{ line: `headgate budget lease show ${ID}`, says: "with its holder and when it expires" }],
  load: async () => (await import("./budget-lease-run.ts")).showLease,
});

export const leaseCommands: readonly Command[] = [open, renew, settle, giveBack, list, show];
