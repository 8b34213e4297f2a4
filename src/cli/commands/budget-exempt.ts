import { command, optional, required, takes, text, toggle, wholeNumber, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";
import { timeFlag } from "../time-flag.ts";

/** Whose work is let in when the money is not there: for as long as is said, or behind glass that closes by itself. */

const account = required("ACCOUNT", "the account; all below it counts, too", { hint: "project" });
const person = required("PERSON", "whose work it is for", { hint: "person" });
const REASON = text("TEXT", "why; it stands in the journal");
const APPROVER = text("PERSON", "who decided it: somebody else than PERSON");
const MEANING =
  "What fits is reserved as always. What does not fit is let in with nothing reserved, and says so; its cost is charged in full, and what no limit covers is overrun. A frozen, closed or ended account refuses all the same, and so does one that is paid from several funds. Nobody gives it to herself but the owner.";

export const grantTakes = takes({
  args: { account, person },
  flags: { reason: REASON, approver: APPROVER, start: timeFlag("from when (now)"), until: timeFlag("to when (until it is revoked)") },
});

const grant = command({
  path: "budget exempt grant",
  brief: "let a person's work in when the money is not there",
  details: [MEANING],
  takes: grantTakes,
  examples: [
    {
      line: "headgate budget exempt grant climate maria --until 2027-06-30 --approver dean --reason 'paper deadline'",
      says: "until then maria's work on climate is not refused for want of money",
    },
  ],
  load: async () => (await import("./budget-exempt-run.ts")).grantExemption,
});

export const withdrawTakes = takes({ args: { account, person }, flags: { reason: REASON } });

const revoke = command({
  path: "budget exempt revoke",
  brief: "take an exemption back; what it let in goes on",
  takes: withdrawTakes,
  examples: [{ line: "headgate budget exempt revoke climate maria --reason 'paper is in'", says: "from now on what does not fit is refused again" }],
  load: async () => (await import("./budget-exempt-run.ts")).revokeExemption,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "only on this account", { hint: "project" }) },
  flags: { person: text("PERSON", "only for this person", { hint: "person" }), all: toggle("those that are over or revoked, too"), ...pageFlags(100, 500) },
});
export const usesTakes = takes({
  args: { account: optional("ACCOUNT", "only work on this account", { hint: "project" }) },
  flags: { person: text("PERSON", "only of this person", { hint: "person" }), ...pageFlags(100, 500) },
});

const list = command({
  path: "budget exempt list",
  brief: "list who is exempt where, until when and why",
  takes: listTakes,
  examples: [{ line: "headgate budget exempt list climate --all", says: "also those that are over" }],
  load: async () => (await import("./budget-exempt-run.ts")).listExemptions,
});

const uses = command({
  path: "budget exempt uses",
  brief: "list what exemptions let in: who, when, what was asked and what it was charged",
  takes: usesTakes,
  examples: [{ line: "headgate budget exempt uses climate", says: "the latest first" }],
  load: async () => (await import("./budget-exempt-run.ts")).listUses,
});

export const openTakes = takes({
  args: { account, person },
  flags: { reason: REASON, approver: APPROVER, hours: wholeNumber("HOURS", 1, 72, "how long it is open (24)") },
});

const open = command({
  path: "budget break-glass open",
  brief: "let a person's work in for some hours of emergency, 72 at most",
  details: [MEANING, "It closes by itself. Every use is listed with what was asked and what it cost in the end."],
  takes: openTakes,
  examples: [
    {
      line: "headgate budget break-glass open climate maria --hours 12 --approver dean --reason 'flood forecast'",
      says: "for twelve hours maria's work on climate is not refused for want of money",
    },
  ],
  load: async () => (await import("./budget-exempt-run.ts")).openGlass,
});

const close = command({
  path: "budget break-glass close",
  brief: "close it before its time; what it let in goes on",
  takes: withdrawTakes,
  examples: [{ line: "headgate budget break-glass close climate maria --reason 'storm is over'", says: "from now on what does not fit is refused again" }],
  load: async () => (await import("./budget-exempt-run.ts")).closeGlass,
});

const listGlass = command({
  path: "budget break-glass list",
  brief: "list where break-glass is open, for whom, until when and why",
  takes: listTakes,
  examples: [{ line: "headgate budget break-glass list --all", says: "also those that were" }],
  load: async () => (await import("./budget-exempt-run.ts")).listGlass,
});

const glassUses = command({
  path: "budget break-glass uses",
  brief: "list every use: who, when, what was asked and what it was charged",
  takes: usesTakes,
  examples: [{ line: "headgate budget break-glass uses", says: "the latest first" }],
  load: async () => (await import("./budget-exempt-run.ts")).listGlassUses,
});

export const exemptCommands: readonly Command[] = [grant, revoke, list, uses, open, close, listGlass, glassUses];
