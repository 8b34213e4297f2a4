import { choice, command, parsed, required, takes, text, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";
import { dayFlag } from "../time-flag.ts";

/** What an hour of our own machines costs, by whose approval; and whether that breaks even. */

const RESOURCES = ["core", "memory-gib", "gpu"] as const;

/** `0.042` or `$0.042`, at most nine decimals. */
function rateOf(given: string): string | undefined {
  return /^\$?(\d{1,13}(?:\.\d{1,9})?)$/.exec(given)?.[1];
}

/** `12.50` or `$12.50`, with a minus what was under-recovered. */
function signedOf(given: string): string | undefined {
  const [, sign = "", digits] = /^(-)?\$?(\d{1,12}(?:\.\d{1,6})?)$/.exec(given) ?? [];
  return digits === undefined ? undefined : `${sign}${digits}`;
}

function daysOf(given: string): number | undefined {
  return /^\d{1,3}$/.test(given) && Number(given) <= 366 ? Number(given) : undefined;
}

/** `110%` or `110`. */
function percentOf(given: string): number | undefined {
  const [, digits] = /^(\d{1,5})%?$/.exec(given) ?? [];
  const percent = Number(digits ?? NaN);
  return percent >= 1 && percent <= 10_000 ? percent : undefined;
}

const reason = text("TEXT", "why; it stands in the journal");

export const setRateTakes = takes({
  args: { resource: required("RESOURCE", "what is paid for by the hour: core, memory-gib or gpu", { values: RESOURCES }) },
  flags: {
    rate: parsed("DOLLARS", "what one of it costs for an hour", rateOf, "an amount such as 0.042"),
    free: text("REASON", "why it is free, for a rate of 0"),
    from: dayFlag("the day (UTC) from which it holds (today)"),
    source: text("TEXT", "where the figure comes from"),
    approver: text("WHO", "who approved it"),
    agreement: text("TEXT", "the agreement or minutes that it stands in"),
    reason,
  },
});

const setRate = command({
  path: "budget rate set",
  brief: "record an approved rate from a day on",
  details: [
    "Jobs are reserved and charged by the rate of the day on which they are submitted; each shows it with its source and approver. What holds already is never changed: another rate follows it. A rate of 0 needs a reason; without a rate a job is refused.",
  ],
  takes: setRateTakes,
  examples: [
    {
      line: "headgate budget rate set core --rate 0.042 --from 2027-01-01 --source 'rate sheet FY27' --approver 'VP Research' --agreement 'minutes 2026-11'",
      says: "for jobs submitted from that day on",
    },
  ],
  load: async () => (await import("./budget-rate-run.ts")).setRate,
});

export const listRatesTakes = takes({ flags: { ...pageFlags(100, 500), resource: choice("RESOURCE", RESOURCES, "only of this resource") } });

const listRates = command({
  path: "budget rate list",
  brief: "list what hours cost, since when and by whose approval",
  takes: listRatesTakes,
  examples: [{ line: "headgate budget rate list --resource core", says: "the newest first" }],
  load: async () => (await import("./budget-rate-run.ts")).listRates,
});

export const setRechargeTakes = takes({
  flags: {
    since: dayFlag("compare costs and charges from this day (UTC) on"),
    opening: parsed("DOLLARS", "what was carried into it: over-recovered, with a minus under-recovered (0)", signedOf, "an amount such as 1200 or -350.50"),
    bandDays: parsed("DAYS", "so many days of cost may be carried forward", daysOf, "a number of days from 0 to 366"),
    approver: text("WHO", "who agreed to it"),
    reason,
  },
});

const setRecharge = command({
  path: "budget recharge set",
  brief: "say from when on costs and charges are compared, and how much may be carried",
  takes: setRechargeTakes,
  examples: [
    {
      line: "headgate budget recharge set --since 2026-07-01 --band-days 60 --approver 'cost accounting' --reason 'fiscal year 2027'",
      says: "60 days of cost as working capital",
    },
  ],
  load: async () => (await import("./budget-rate-run.ts")).setRecharge,
});

export const recordTakes = takes({
  flags: {
    amount: text("AMOUNT", "how much, such as 4200.00"),
    from: dayFlag("the first day (UTC) of the service that it paid for"),
    to: dayFlag("the last one, included"),
    category: text("TEXT", "salaries, depreciation, power, the provider's bill"),
    document: text("TEXT", "where it can be looked up"),
    reason,
  },
});

const record = command({
  path: "budget recharge record",
  brief: "record what the service cost on some days",
  details: ["Each of its days bears the same part, so a report of any days has what falls into them, to the micro-dollar."],
  takes: recordTakes,
  examples: [
    {
      line: "headgate budget recharge record --amount 8000 --from 2026-11-01 --to 2026-11-30 --category salaries --document 'GL 5100-114'",
      says: "one month",
    },
  ],
  load: async () => (await import("./budget-rate-run.ts")).recordCost,
});

export const reverseTakes = takes({ args: { number: required("NUMBER", "of the cost; headgate budget recharge costs shows it") }, flags: { reason } });

const reverse = command({
  path: "budget recharge reverse",
  brief: "take a cost back, as it stands",
  takes: reverseTakes,
  examples: [{ line: "headgate budget recharge reverse 7 --reason 'entered twice'", says: "it stays in the list, and counts no more" }],
  load: async () => (await import("./budget-rate-run.ts")).reverseCost,
});

export const listCostsTakes = takes({ flags: pageFlags(100, 500) });

const listCosts = command({
  path: "budget recharge costs",
  brief: "list what the service cost, and what was taken back",
  takes: listCostsTakes,
  examples: [{ line: "headgate budget recharge costs", says: "in the order in which it was recorded" }],
  load: async () => (await import("./budget-rate-run.ts")).listCosts,
});

export const reportTakes = takes({
  flags: {
    from: dayFlag("the first day (since costs and charges are compared)"),
    to: dayFlag("the last day (today)"),
    nextCost: text("AMOUNT", "what the next period is expected to cost (as much as this one)"),
    volume: parsed("PERCENT", "its hours, in per cent of those of this one (100%)", percentOf, "per cent from 1% to 10000%"),
  },
});

const report = command({
  path: "budget recharge report",
  brief: "whether the rates break even, and by which they would",
  details: [
    "Recovered is what jobs were charged at on-premises rates, by date of service, less refunds; what was written off to another account is recovered, too. The difference to the cost is carried forward.",
  ],
  takes: reportTakes,
  examples: [
    { line: "headgate budget recharge report --from 2026-07-01 --to 2026-12-31", says: "half a year" },
    { line: "headgate budget recharge report --next-cost 96000 --volume 110%", says: "rates for a year that is expected to have a tenth more hours" },
  ],
  load: async () => (await import("./budget-rate-run.ts")).reportRecharge,
});

export const rateCommands: readonly Command[] = [setRate, listRates, setRecharge, report, record, reverse, listCosts];
