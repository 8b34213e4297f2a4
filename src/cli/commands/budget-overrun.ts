import { command, optional, required, takes, text, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";

/** What happens when a settlement goes beyond its reservation and does not fit. */

const ACCOUNT = { hint: "project" } as const;

export const setTakes = takes({
  args: {
    account: required("ACCOUNT", "for the work of this account and of all below it", ACCOUNT),
    policy: required("POLICY", "leave, extend, advance or inherit"),
  },
  flags: { advance: text("ACCOUNT", "with advance: the advance account that bears it", ACCOUNT), reason: text("TEXT", "why; it stands in the journal") },
});

const set = command({
  path: "budget overrun-policy set",
  brief: "decide what happens when a job costs more than was reserved and it does not fit",
  details: [
    "leave: what no limit covers is overrun, which stops new work until somebody decides; so it is where nothing is set. extend: the reservation is first extended, explicitly, as far as money is free; the rest is overrun. advance: what there is no room for is charged to an advance account, at risk. inherit: the accounts above decide again.",
    "The cost posts in full in every case, once.",
  ],
  takes: setTakes,
  examples: [
    {
      line: "headgate budget overrun-policy set climate advance --advance climate-advance --reason 'renewal is promised'",
      says: "what climate has no room for goes to climate-advance until the renewal is there",
    },
  ],
  load: async () => (await import("./budget-overrun-run.ts")).setPolicy,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "what decides for this account, the nearest first", ACCOUNT) },
  flags: pageFlags(100, 500),
});

const list = command({
  path: "budget overrun-policy list",
  brief: "list what happens to costs that do not fit",
  takes: listTakes,
  examples: [{ line: "headgate budget overrun-policy list climate", says: "the first that does not say inherit decides" }],
  load: async () => (await import("./budget-overrun-run.ts")).listPolicies,
});

export const overrunCommands: readonly Command[] = [set, list];
