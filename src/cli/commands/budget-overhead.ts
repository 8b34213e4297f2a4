import { choice, command, parsed, required, takes, text, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";
import { timeFlag } from "../time-flag.ts";

/** What no job can be held for: the overhead account of a cluster. */

const ACCOUNT = { hint: "project" } as const;
const cluster = required("CLUSTER", "the cluster; headgate budget overhead list shows them");
const PAYERS = ["overhead", "last-user", "shared"] as const;

/** `80%` or `80`. */
function percentOf(given: string): number | undefined {
  const [, digits] = /^(\d{1,3})%?$/.exec(given) ?? [];
  const percent = Number(digits ?? NaN);
  return percent >= 10 && percent <= 100 ? percent : undefined;
}

/** `overhead:10`: who pays, and how many minutes a node waits. */
function idleRuleOf(given: string): { payer: (typeof PAYERS)[number]; minutes: number } | undefined {
  const [word, digits] = given.split(":");
  const payer = PAYERS.find((one) => one === word);
  return payer === undefined || !/^\d{1,5}$/.test(digits ?? "") || Number(digits) > 10_080 || given.split(":").length > 2
    ? undefined
    : { payer, minutes: Number(digits) };
}

export const setTakes = takes({
  args: { cluster: required("CLUSTER", "what the cluster is called, such as alps") },
  flags: {
    account: text("ACCOUNT", "an account of kind overhead; several clusters may name the same", ACCOUNT),
    alarm: parsed("PERCENT", "raise the alarm at so much of what is allocated (80%)", percentOf, "per cent from 10% to 100%"),
    idleRule: parsed(
      "PAYER:MINUTES",
      "who pays idle tails: overhead, last-user or shared, and the minutes a node waits before it powers down (ScaledownIdletime)",
      idleRuleOf,
      "a payer and minutes, such as overhead:10, last-user:10 or shared:5",
    ),
    reason: text("TEXT", "why; it stands in the journal"),
  },
});

const set = command({
  path: "budget overhead set",
  brief: "name a cluster's overhead account, its alarm, and who pays idle tails",
  details: [
    "The account's allocation is its limit: what goes beyond it is posted all the same, as overrun. The alarm is raised once and cleared 5 points below its threshold; the journal keeps both moments.",
  ],
  takes: setTakes,
  examples: [
    {
      line: "headgate budget overhead set alps --account alps-overhead --alarm 80% --idle-rule 'overhead:10' --reason 'new cluster'",
      says: "alps-overhead pays what no job can be held for on alps",
    },
  ],
  load: async () => (await import("./budget-overhead-run.ts")).setOverhead,
});

export const listTakes = takes({ flags: pageFlags(100, 500) });

const list = command({
  path: "budget overhead list",
  brief: "list the overhead accounts of clusters, what they have used, and which alarms ring",
  takes: listTakes,
  examples: [{ line: "headgate budget overhead list", says: "every cluster that has one" }],
  load: async () => (await import("./budget-overhead-run.ts")).listOverhead,
});

export const showTakes = takes({ args: { cluster } });

const show = command({
  path: "budget overhead show",
  brief: "show a cluster's overhead account, its rule of idle tails, and the month to date by kind",
  takes: showTakes,
  examples: [{ line: "headgate budget overhead show alps", says: "what failed boots, idle tails and the rest came to this month" }],
  load: async () => (await import("./budget-overhead-run.ts")).showOverhead,
});

export const chargeTakes = takes({
  args: { cluster },
  flags: {
    kind: choice("KIND", ["failed-boot", "idle", "shared-rest", "untagged"], "what it was"),
    amount: text("AMOUNT", "how much, such as 12.50"),
    figure: choice("QUALITY", ["estimated", "metered", "billed", "invoiced"], "how good the figure is (billed)"),
    at: timeFlag("when the service was given, such as 2026-11-30; without it, now"),
    note: text("TEXT", "where the figure is from"),
  },
});

const charge = command({
  path: "budget overhead charge",
  brief: "charge a cluster's overhead account what no job can be held for",
  takes: chargeTakes,
  examples: [
    {
      line: "headgate budget overhead charge alps --kind failed-boot --amount 3.20 --figure metered --note 'node alps-7 never came up'",
      says: "posts it, and raises the alarm in the same transaction where it crosses the threshold",
    },
  ],
  load: async () => (await import("./budget-overhead-run.ts")).chargeOverhead,
});

export const overheadCommands: readonly Command[] = [set, list, show, charge];
