import { command, parsed, required, takes, toggle, type Command } from "../command.ts";
import { dayFlag } from "../time-flag.ts";

/** What an account will have spent, and how fast it is spent. */

const ACCOUNT = required("ACCOUNT", "a project or department", { hint: "project" });

/** `x1.2` or `1.2`, without the x. */
function factorFlag(brief: string, example: string) {
  return parsed("FACTOR", brief, (given) => /^x?(\d{1,4}(?:\.\d{1,4})?)$/.exec(given)?.[1], `a factor such as ${example}`);
}

export const forecastTakes = takes({
  args: { account: ACCOUNT },
  flags: {
    end: dayFlag("look to this day instead of the account's last"),
    price: factorFlag("what if prices were so many times what they are", "x1.2"),
    spot: factorFlag("what if all jobs ran on spot at this part of the price", "x0.4"),
    people: parsed(
      "NUMBER",
      "what if so many more people used it; fewer: --people=-1",
      (given) => (/^[+-]?\d{1,4}$/.test(given) ? Number(given) : undefined),
      "a number of people such as +2",
    ),
    allocation: parsed(
      "AMOUNT",
      "what if so much more were given; less: --allocation=-500",
      (given) => (/^[+-]?\d{1,12}(\.\d{1,6})?$/.test(given) ? given.replace(/^\+/, "") : undefined),
      "an amount such as +5000",
    ),
  },
});

const forecast = command({
  path: "budget forecast",
  brief: "say when an account's money runs out, how sure that is, and what if",
  details: [
    "The bands come from how far off the account's own earlier forecasts were, which is shown. Open reservations, standing costs and releases that are due are counted as known.",
    "What is assumed stands below the table, each with its formula.",
  ],
  takes: forecastTakes,
  examples: [
    { line: "headgate budget forecast climate", says: "to the account's last day, or for 90 days where it has none" },
    { line: "headgate budget forecast climate --people +2 --allocation +5000", says: "what if two people joined and $5,000 were given" },
    { line: "headgate budget forecast climate --price x1.2 --end 2028-06-30", says: "what if prices rose by a fifth, and it went on to that day" },
  ],
  load: async () => (await import("./budget-forecast-run.ts")).showForecast,
});

export const burnRateTakes = takes({
  args: { account: ACCOUNT },
  flags: { projection: toggle("say when the money runs out at this pace, too") },
});

const burnRate = command({
  path: "budget burn-rate",
  brief: "say how fast an account is spent, against spending it evenly",
  takes: burnRateTakes,
  examples: [{ line: "headgate budget burn-rate climate --projection", says: "a day on average, what would be even, and when the money runs out" }],
  load: async () => (await import("./budget-forecast-run.ts")).showBurnRate,
});

export const forecastCommands: readonly Command[] = [forecast, burnRate];
