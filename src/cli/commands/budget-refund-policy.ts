import { END_STATES } from "#budget/contract";
import { choice, command, optional, parsed, required, takes, text, toggle, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";

/** What share of a charge is given back, by how the work ended. */

const ACCOUNT = { hint: "project" } as const;
const account = required("ACCOUNT", "for the work of this account and of all below it", ACCOUNT);
const state = choice("STATE", END_STATES, "how the work ended");
const reason = text("TEXT", "why; it stands in the journal and with every refund");

/** "100%", "12.5%" and "0.125" as the part of the charge, in text as the wire has it. */
function shareOf(given: string): string | undefined {
  const [, whole = "", fraction = "", percent] = /^(\d{1,3})(?:\.(\d{1,6}))?(%?)$/.exec(given) ?? [];
  if (whole === "" || (percent === "%" && fraction.length > 4)) return undefined;
  const millionths = Number(`${whole}${fraction.padEnd(6, "0")}`) / (percent === "%" ? 100 : 1);
  if (!Number.isInteger(millionths) || millionths > 1_000_000) return undefined;
  return `${Math.floor(millionths / 1_000_000)}.${String(millionths % 1_000_000).padStart(6, "0")}`;
}

export const setTakes = takes({
  args: { account },
  flags: { state, share: parsed("SHARE", "what is given back of the charge", shareOf, "a share such as 100%, 12.5% or 0.125"), reason },
});

const set = command({
  path: "budget refund-policy set",
  brief: "decide what share of a charge is given back when work ends in a state",
  details: [
    "In force for work that ends from now on, for the account and all below it; an account below may decide otherwise for itself. What is given back stands in the journal beside the charge, which stays as it is; indirect cost goes with it.",
  ],
  takes: setTakes,
  examples: [
    {
      line: "headgate budget refund-policy set uni --state NODE_FAIL --share 100% --reason 'broken nodes are not the user'",
      says: "what runs on a node that fails costs nothing",
    },
  ],
  load: async () => (await import("./budget-refund-policy-run.ts")).setRule,
});

export const endTakes = takes({ args: { account }, flags: { state, reason } });

const end = command({
  path: "budget refund-policy end",
  brief: "let the accounts above decide again, or nobody",
  takes: endTakes,
  examples: [
    { line: "headgate budget refund-policy end climate --state TIMEOUT --reason 'end of the trial'", says: "for climate what was decided above it counts" },
  ],
  load: async () => (await import("./budget-refund-policy-run.ts")).endRule,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "what decides for this account: its own rules and those above it", ACCOUNT) },
  flags: { all: toggle("also what stood before"), ...pageFlags(100, 500) },
});

const list = command({
  path: "budget refund-policy list",
  brief: "list what is given back, since when, why and by whose decision",
  takes: listTakes,
  examples: [{ line: "headgate budget refund-policy list climate", says: "what climate is given back; the nearest account decides" }],
  load: async () => (await import("./budget-refund-policy-run.ts")).listRules,
});

export const refundPolicyCommands: readonly Command[] = [set, end, list];
