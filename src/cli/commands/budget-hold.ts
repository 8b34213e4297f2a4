import { END_STATES } from "#budget/contract";
import { parseDuration } from "#kernel";
import { choice, command, parsed, required, takes, text, toggle, wholeNumber, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";

/** Reservations, from placing one to its end; people call them reserved, because a held job is something else in Slurm. */

const ACCOUNT = { hint: "project" } as const;
const ID = "01890000-0000-7000-8000-00000000000a";
const id = required("ID", "the reservation; headgate budget hold list -o json shows ids");

export const placeTakes = takes({
  args: { account: required("ACCOUNT", "the account that pays", ACCOUNT), amount: required("AMOUNT", "the most it can cost, such as 12.50") },
  flags: {
    for: text("SUBJECT", "what it is reserved for, such as cluster:alps/maintenance"),
    unit: choice("UNIT", ["USD", "SU"], "the unit the account is kept in (USD)"),
    partition: text("PARTITION", "the partition whose limit it counts against"),
    expires: text("TIME", "when it is given back by itself, such as 2026-12-31T18:00:00Z"),
    until: text("TIME", "the latest moment the work can end: refused when the account ends before"),
    quote: text("ID", "the quote whose price this is"),
    class: text("CLASS", "adds the indirect cost of this class by the rate of the account's award: compute, cloud"),
  },
});

export const place = command({
  path: "budget hold place",
  brief: "reserve money on an account and every account above it",
  takes: placeTakes,
  examples: [{ line: "headgate budget hold place climate 12.50 --for cluster:alps/maintenance", says: "reserves $12.50, or says which level refuses" }],
  load: async () => (await import("./budget-hold-run.ts")).placeHold,
});

function age(given: string): number | undefined {
  const time = parseDuration(given);
  return time?.kind === "limited" ? time.seconds : undefined;
}

export const listTakes = takes({
  flags: {
    account: text("ACCOUNT", "only of this project or department", ACCOUNT),
    person: text("PERSON", "only for this person", { hint: "person" }),
    open: toggle("only what is still reserved"),
    state: choice("STATE", ["open", "settled", "released", "expired"], "only those in this state"),
    olderThan: parsed("TIME", "only those placed longer ago than this", age, "a time such as 90m, 12h or 2d"),
    ...pageFlags(100, 500),
  },
});

export const list = command({
  path: "budget hold list",
  brief: "list reservations, newest first",
  takes: listTakes,
  examples: [{ line: "headgate budget hold list --open --older-than 2d", says: "what was reserved two days ago and has not ended" }],
  load: async () => (await import("./budget-hold-run.ts")).listHolds,
});

export const showTakes = takes({ args: { id } });

export const show = command({
  path: "budget hold show",
  brief: "show one reservation: its formula term by term, and what was charged to it",
  takes: showTakes,
  examples: [{ line: `headgate budget hold show ${ID}`, says: "how its amount was worked out, with the source and date of each rate" }],
  load: async () => (await import("./budget-hold-run.ts")).showHold,
});

export const settleTakes = takes({
  args: { id, amount: required("AMOUNT", "what it really cost") },
  flags: {
    attempt: wholeNumber("N", 1, 2_000_000_000, "which attempt this was (1)"),
    keep: toggle("more attempts are to come: the rest stays reserved"),
    figure: choice("QUALITY", ["estimated", "metered", "billed", "invoiced"], "how good the figure is (metered)"),
    at: text("TIME", "when it ended; without it, now"),
    endState: choice("STATE", END_STATES, "how it ended: what the refund policy says for it is given back at once"),
    note: text("TEXT", "where the figure is from"),
  },
});

export const settle = command({
  path: "budget hold settle",
  brief: "charge what an attempt really cost, and give the rest back",
  details: ["What is true is always posted: what goes beyond the reservation and every limit becomes overrun."],
  takes: settleTakes,
  examples: [{ line: `headgate budget hold settle ${ID} 3.20 --note 'metered by hand'`, says: "charges $3.20 and closes the reservation" }],
  load: async () => (await import("./budget-hold-run.ts")).settleHold,
});

export const releaseTakes = takes({ args: { id }, flags: { note: text("TEXT", "the reason, for the journal") } });

export const release = command({
  path: "budget hold release",
  brief: "give a reservation back: nothing more will be charged to it",
  takes: releaseTakes,
  examples: [{ line: `headgate budget hold release ${ID} --note 'never started'`, says: "its money is free again" }],
  load: async () => (await import("./budget-hold-run.ts")).releaseHold,
});

export const verify = command({
  path: "budget verify",
  brief: "check the books: add every balance up again and seal the journal again",
  details: ["Ends with 1 when something does not hold. headgate db verify checks the other tables too."],
  examples: [{ line: "headgate budget verify", says: "what was looked at, how fast, and what is wrong and where" }],
  load: async () => (await import("./budget-hold-run.ts")).verifyBooks,
});

export const recoverTakes = takes({ flags: { apply: toggle("put right what was found; without it nothing is changed") } });

export const recover = command({
  path: "budget recover",
  brief: "find where reservations and jobs do not agree, and put it right",
  details: [
    "Looks from both sides: reservations whose job has ended or is not there, attempts that were never charged, jobs that go on without a reservation, reservations whose time is over. What is younger than 15 seconds is left alone.",
    "Doing it twice does nothing twice. Each movement stands in the journal with its reason.",
  ],
  takes: recoverTakes,
  examples: [
    { line: "headgate budget recover", says: "what would be done" },
    { line: "headgate budget recover --apply", says: "does it" },
  ],
  load: async () => (await import("./budget-hold-run.ts")).recoverBooks,
});

export const holdCommands: readonly Command[] = [place, list, show, settle, release, verify, recover];
