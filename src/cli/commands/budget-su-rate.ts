import { command, optional, parsed, required, takes, text, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";
import { dayFlag } from "../time-flag.ts";

/** What a service unit is worth. */

const ACCOUNT = { hint: "project" } as const;

/** `0.05` or `$0.05`, at most nine decimals, not 0. */
function rateOf(given: string): string | undefined {
  const [, rate] = /^\$?(\d{1,13}(?:\.\d{1,9})?)$/.exec(given) ?? [];
  return rate === undefined || !/[1-9]/.test(rate) ? undefined : rate;
}

export const setTakes = takes({
  args: { account: required("ACCOUNT", "for this account, kept in service units, and all below it", ACCOUNT) },
  flags: {
    rate: parsed("DOLLARS", "what one service unit is worth", rateOf, "an amount such as 0.05, not 0"),
    from: dayFlag("the day (UTC) from which it holds (today)"),
    source: text("TEXT", "where the figure comes from"),
    approver: text("WHO", "who decided it"),
    reason: text("TEXT", "why; it stands in the journal"),
  },
});

const set = command({
  path: "budget su-rate set",
  brief: "say what a service unit is worth from a day on",
  details: [
    "A job that is priced in dollars and charged to an account kept in service units is reserved by the rate of the day on which it is submitted, rounded up, and charged by the rate that its reservation was made with. Rates are only added; without one such a job is refused.",
  ],
  takes: setTakes,
  examples: [
    {
      line: "headgate budget su-rate set allocation --rate 0.05 --from 2027-01-01 --source 'rate sheet 2027' --approver 'steering committee'",
      says: "20 service units for a dollar, for jobs submitted from that day on",
    },
  ],
  load: async () => (await import("./budget-su-rate-run.ts")).setRate,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "what decides for this account: its own rates and those above it", ACCOUNT) },
  flags: pageFlags(100, 500),
});

const list = command({
  path: "budget su-rate list",
  brief: "list what a service unit was worth, since when and by whose decision",
  takes: listTakes,
  examples: [{ line: "headgate budget su-rate list allocation", says: "the newest first; the nearest account decides" }],
  load: async () => (await import("./budget-su-rate-run.ts")).listRates,
});

export const suRateCommands: readonly Command[] = [set, list];
