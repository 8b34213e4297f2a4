import { choice, command, required, takes, text, type Command } from "../command.ts";

const ACCOUNT = { hint: "project" } as const;
const UNIT = choice("UNIT", ["USD", "SU"], "the unit the account is kept in (USD)");

export const chargeTakes = takes({
  args: { account: required("ACCOUNT", "the account that pays", ACCOUNT), amount: required("AMOUNT", "how much, such as 12.50") },
  flags: {
    for: text("SUBJECT", "what was paid for, such as cluster:alps/head-node"),
    note: text("TEXT", "where the figure is from"),
    person: text("PERSON", "whose limit it counts against; without it, you", { hint: "person" }),
    partition: text("PARTITION", "the partition whose limit it counts against"),
    figure: choice("QUALITY", ["estimated", "metered", "billed", "invoiced"], "how good the figure is (billed)"),
    at: text("TIME", "when the service was given, such as 2026-11-30T00:00:00Z; without it, now"),
    unit: UNIT,
  },
});

export const charge = command({
  path: "budget charge",
  brief: "charge an account what was never reserved: a bill's row, a late cost",
  details: ["What is true is always posted, even to an account that is frozen or over its limit: what no limit covers becomes its overrun."],
  takes: chargeTakes,
  examples: [{ line: "headgate budget charge climate 12.50 --for bill:2026-11 --note row-4711", says: "posts it and says the number a refund would name" }],
  load: async () => (await import("./budget-move.ts")).chargeAccount,
});

export const moveCommands: readonly Command[] = [charge];
