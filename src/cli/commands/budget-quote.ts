import { choice, command, optional, required, takes, text, toggle, wholeNumber, type Command } from "../command.ts";
import { pageFlags } from "../pages.ts";

/** Prices that are promised for a time. */

const ACCOUNT = { hint: "project" } as const;
const ID = "01890000-0000-7000-8000-00000000000a";

/** For how long a quote holds: of a job's and of a plain amount's. */
export const VALID = wholeNumber("DAYS", 1, 90, "for how many days it holds (7)");

export const makeTakes = takes({
  args: { account: required("ACCOUNT", "the account that may use it", ACCOUNT), amount: required("AMOUNT", "what is promised, such as 12.50") },
  flags: { unit: choice("UNIT", ["USD", "SU"], "what the amount is in (USD)"), valid: VALID, reason: text("TEXT", "what it is for; it stands in the journal") },
});

const make = command({
  path: "budget quote make",
  brief: "promise an account a price for some days",
  details: ["headgate job quote promises the price of a job. Nothing is reserved: a reservation with --quote does that, once."],
  takes: makeTakes,
  examples: [
    {
      line: "headgate budget quote make climate 120 --valid 30 --reason 'proposal of March'",
      says: "a reservation of $120 with this quote is taken for 30 days",
    },
  ],
  load: async () => (await import("./budget-quote-run.ts")).makeQuote,
});

export const listTakes = takes({
  args: { account: optional("ACCOUNT", "only of this project or department", ACCOUNT) },
  flags: { open: toggle("only those that can be used now"), ...pageFlags(100, 500) },
});

const list = command({
  path: "budget quote list",
  brief: "list quotes, newest first",
  takes: listTakes,
  examples: [{ line: "headgate budget quote list climate --open", says: "what climate can still use, and until when" }],
  load: async () => (await import("./budget-quote-run.ts")).listQuotes,
});

export const showTakes = takes({ args: { id: required("ID", "the quote; headgate budget quote list shows ids") } });

const show = command({
  path: "budget quote show",
  brief: "show one quote: its price, what it is for, until when it holds, what used it",
  takes: showTakes,
  examples: [{ line: `headgate budget quote show ${ID}`, says: "how its amount comes about" }],
  load: async () => (await import("./budget-quote-run.ts")).showQuote,
});

export const quoteCommands: readonly Command[] = [make, list, show];
