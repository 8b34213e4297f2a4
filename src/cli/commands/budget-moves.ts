import { choice, command, required, takes, text, type Command } from "../command.ts";
import { timeFlag } from "../time-flag.ts";

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
    at: timeFlag("when the service was given, such as 2026-11-30; without it, now"),
    unit: UNIT,
    class: text("CLASS", "adds the indirect cost of this class by the rate of the account's award: compute, cloud"),
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

const MENDED = {
  number: required("NUMBER", "the number of the charge; headgate budget journal ACCOUNT shows it"),
  amount: required("AMOUNT", "how much, at most what the charge still has"),
} as const;
const DECIDED = { why: text("TEXT", "the reason, for the journal"), approver: text("PERSON", "who decided it", { hint: "person" }) } as const;

export const refundTakes = takes({ args: MENDED, flags: DECIDED });

export const refund = command({
  path: "budget adjust refund",
  brief: "give back what was charged, as a new entry beside the charge",
  details: ["Where the account is overrun, the refund lowers that first; the rest can be committed again."],
  takes: refundTakes,
  examples: [
    { line: "headgate budget adjust refund 40961 3.20 --why node-failure --approver maria", says: "the project is not charged for what a broken node took" },
  ],
  load: async () => (await import("./budget-move.ts")).refundCharge,
});

export const writeOffTakes = takes({ args: MENDED, flags: { ...DECIDED, to: text("ACCOUNT", "the account that bears the loss", ACCOUNT) } });

export const writeOff = command({
  path: "budget adjust write-off",
  brief: "have another account bear what was charged",
  takes: writeOffTakes,
  examples: [
    {
      line: "headgate budget adjust write-off 40961 3.20 --to overhead --why lost-output --approver maria",
      says: "refunds the project and charges the same to overhead",
    },
  ],
  load: async () => (await import("./budget-move.ts")).writeOffCharge,
});

export const renewTakes = takes({
  args: { id: required("ID", "the reservation; headgate budget holds -o json shows ids") },
  flags: {
    amount: text("AMOUNT", "the new total: more is limited like a new reservation, less always goes"),
    expires: timeFlag("until when it stands, such as 2026-12-31T18:00:00Z"),
    until: timeFlag("the latest moment the work can end"),
    why: text("TEXT", "the reason, for the journal"),
  },
});

export const renew = command({
  path: "budget hold renew",
  brief: "change an open reservation: until when it stands, and how much it is",
  takes: renewTakes,
  examples: [
    {
      line: "headgate budget hold renew 01890000-0000-7000-8000-00000000000a --amount 120 --why longer",
      says: "reserves up to $120 in total for the same work",
    },
  ],
  load: async () => (await import("./budget-move.ts")).renewHold,
});

export const moveCommands: readonly Command[] = [charge, refund, writeOff, renew];
