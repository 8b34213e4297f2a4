import { choice, command, optional, required, takes, text, toggle, type Command } from "../command.ts";
import { dayFlag } from "../time-flag.ts";
import { pageFlags } from "../pages.ts";

/** What costs money each day whether or not anything runs. */

const ACCOUNT = { hint: "project" } as const;
const name = required("NAME", "what it is called; headgate budget standing list shows them");

export const addTakes = takes({
  args: {
    name: required("NAME", "what it is called, such as alps/head-node"),
    account: required("ACCOUNT", "who pays", ACCOUNT),
    amount: required("AMOUNT", "what it costs each day"),
  },
  flags: {
    source: text("TEXT", "where the figure comes from"),
    start: dayFlag("its first day (today)"),
    end: dayFlag("its last day, which is charged, too"),
    unit: choice("UNIT", ["USD", "SU"], "what the amount is in (USD)"),
    reason: text("TEXT", "why; it stands in the journal"),
  },
});

const add = command({
  path: "budget standing add",
  brief: "add what costs money each day: a head node, a file system, an address",
  details: [
    "Each day is charged once when it is over, also when nothing ran the worker meanwhile. The days to come are reserved to the end of the account, or of the month where it has none, as far as that fits; what does not fit is charged all the same.",
  ],
  takes: addTakes,
  examples: [
    {
      line: "headgate budget standing add alps/head-node climate 4.28 --source 'price list of 2026-11-20' --reason 'cluster alps'",
      says: "$4.28 a day from today on, paid by climate",
    },
  ],
  load: async () => (await import("./budget-standing-run.ts")).addStanding,
});

export const endTakes = takes({
  args: { name },
  flags: { on: dayFlag("its last day, which is charged, too (today)"), reason: text("TEXT", "why; it stands in the journal") },
});

const end = command({
  path: "budget standing end",
  brief: "say what the last day of a standing cost is",
  details: ["What is reserved for the days after it is given back at once."],
  takes: endTakes,
  examples: [{ line: "headgate budget standing end alps/head-node --reason 'cluster deleted'", says: "today is charged, and nothing after it" }],
  load: async () => (await import("./budget-standing-run.ts")).endStanding,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "only of this project or department", ACCOUNT) },
  flags: {
    all: toggle("those that have ended, too"),
    ...pageFlags(100, 500),
  },
});

const list = command({
  path: "budget standing list",
  brief: "list what costs money each day, how far it is charged and reserved",
  takes: listTakes,
  examples: [{ line: "headgate budget standing list climate", says: "what climate pays each day" }],
  load: async () => (await import("./budget-standing-run.ts")).listStanding,
});

export const showTakes = takes({ args: { name } });

const show = command({
  path: "budget standing show",
  brief: "show one standing cost",
  takes: showTakes,
  examples: [{ line: "headgate budget standing show alps/head-node", says: "its figure with its source, and its days" }],
  load: async () => (await import("./budget-standing-run.ts")).showStanding,
});

const accrue = command({
  path: "budget standing accrue",
  brief: "charge now every day that is over",
  details: ["The worker does it by itself every five minutes. A day is charged once, whoever charges it."],
  examples: [{ line: "headgate budget standing accrue", says: "says how many days were charged" }],
  load: async () => (await import("./budget-standing-run.ts")).accrueStanding,
});

export const standingCommands: readonly Command[] = [add, end, list, show, accrue];
