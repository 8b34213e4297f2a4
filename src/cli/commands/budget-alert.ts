import { choice, command, optional, repeated, required, takes, text, wholeNumber, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";

/** Rules by which accounts ring, what rang, and letting go what was stopped. */

const ACCOUNT = { hint: "project" } as const;
const SEVERITIES = ["info", "warning", "critical"] as const;
const RULE = "spent:80, committed:90, projected:100 (per cent), runs-out:14 (days) or anomaly:8 (usual spreads)";
const WHERE = "webhook, slack or mail:ADDRESS; may be given again";

export const setTakes = takes({
  args: {
    account: required("ACCOUNT", "the account that is watched", ACCOUNT),
    rule: required("RULE", RULE),
    action: required("ACTION", "notify, approval, stop, hold or off"),
  },
  flags: {
    to: repeated(text("WHERE", `who is told: ${WHERE}`)),
    margin: wholeNumber("N", 0, 1000, "how far it has to go back before it can ring again; 5 per cent, 3 days or 1 spread"),
    severity: choice("SEVERITY", SEVERITIES, "how urgent it is; without it warning, and critical where work is stopped"),
    reason: text("TEXT", "why; it stands in the journal"),
  },
});

const set = command({
  path: "budget alert set",
  brief: "say when an account rings, who is told and what stops",
  details: [
    "spent and committed are per cent of what the account was given; committed counts reservations, too. projected is what will be spent by its end, and runs-out in how many days its money is gone, both by the median of the forecast. anomaly: a day's spending lies so many usual spreads above the usual day, which is the median of the last 60 days; the spread is 1.4826 times their median distance from it, and at least 5 % of it.",
    "notify tells. approval tells, and new work is refused until somebody who manages the account lifts it; stop, until an administrator does; hold is stop, and jobs that have not started stay queued. Several rules with rising thresholds make graded actions.",
    "It rings once when the threshold is reached, and can ring again after it went back by the margin. Then what it had stopped goes on by itself.",
  ],
  takes: setTakes,
  examples: [
    { line: "headgate budget alert set climate spent:80 notify --to mail:pi@lab.example --reason 'as agreed'", says: "a mail when 80 % is spent" },
    {
      line: "headgate budget alert set climate committed:95 stop --to mail:pi@lab.example --to webhook --reason 'as agreed'",
      says: "nothing new from 95 % on",
    },
    { line: "headgate budget alert set climate spent:80 off --reason 'asked for by the PI'", says: "the first rule is no more" },
  ],
  load: async () => (await import("./budget-alert-run.ts")).setRule,
});

export const listTakes = takes({ args: { account: optional("ACCOUNT", "only the rules of this account", ACCOUNT) }, flags: pageFlags(100, 500) });

const list = command({
  path: "budget alert list",
  brief: "list the rules by which accounts ring, and which ring now",
  takes: listTakes,
  examples: [{ line: "headgate budget alert list climate", says: "what climate is watched for, who is told, and what rings" }],
  load: async () => (await import("./budget-alert-run.ts")).listRules,
});

export const historyTakes = takes({
  args: { account: optional("ACCOUNT", "only of this account", ACCOUNT) },
  flags: {
    award: text("NUMBER", "only of the account that spends this award"),
    severity: choice("SEVERITY", SEVERITIES, "only those"),
    state: choice("STATE", ["ringing", "lifted", "cleared"], "only those in this state"),
    ...pageFlags(100, 500),
  },
});

const history = command({
  path: "budget alert history",
  brief: "list what rang, the latest first, and whether its messages arrived",
  takes: historyTakes,
  examples: [{ line: "headgate budget alert history --state ringing", says: "what rings now on the accounts that you can see" }],
  load: async () => (await import("./budget-alert-run.ts")).listAlerts,
});

export const showTakes = takes({ args: { number: required("NUMBER", "of the alert") } });

const show = command({
  path: "budget alert show",
  brief: "show one alert, with each of its messages",
  takes: showTakes,
  examples: [{ line: "headgate budget alert show 12", says: "what rang, what it stopped, who was told and when that arrived" }],
  load: async () => (await import("./budget-alert-run.ts")).showAlert,
});

export const liftTakes = takes({
  args: { number: required("NUMBER", "of the alert") },
  flags: { reason: text("TEXT", "why; it stands in the journal and is told") },
});

const lift = command({
  path: "budget alert lift",
  brief: "approve that work goes on, or let an account go that an alert stopped",
  details: ["The rule rings again only after its measure went back by the margin and reached the threshold anew."],
  takes: liftTakes,
  examples: [{ line: "headgate budget alert lift 12 --reason 'the dean agrees'", says: "new work is let in again" }],
  load: async () => (await import("./budget-alert-run.ts")).liftAlert,
});

export const acknowledgeTakes = takes({
  args: { number: required("NUMBER", "of the alert") },
  flags: { notes: text("TEXT", "what you found or did") },
});

const acknowledge = command({
  path: "budget alert acknowledge",
  brief: "note that you have seen an alert; it changes nothing else",
  takes: acknowledgeTakes,
  examples: [{ line: "headgate budget alert acknowledge 12 --notes 'a rerun of last week'", says: "the others see who looks after it" }],
  load: async () => (await import("./budget-alert-run.ts")).acknowledgeAlert,
});

export const testTakes = takes({
  args: { account: required("ACCOUNT", "whose alerts", ACCOUNT) },
  flags: { to: repeated(text("WHERE", `only there: ${WHERE}`)) },
});

const test = command({
  path: "budget alert test",
  brief: "send a message to where an account's alerts go, and say whether it arrives",
  takes: testTakes,
  examples: [{ line: "headgate budget alert test climate", says: "one message to each destination of its rules; waits ten seconds for each to arrive" }],
  load: async () => (await import("./budget-alert-run.ts")).testAlert,
});

export const alertCommands: readonly Command[] = [set, list, history, show, lift, acknowledge, test];
