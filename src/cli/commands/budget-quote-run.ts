import { budgetRoutes, type QuoteView } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import type { View } from "../output.ts";
import { noteMore } from "../pages.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { listTakes, makeTakes, showTakes } from "./budget-quote.ts";

/*
 * With -o json make and show give the quote, list `{ items, next }`.
 */

export const makeQuote: RunOf<typeof makeTakes> = async (context, { args, flags }) => {
  const body = {
    account: args.account,
    amount: args.amount,
    unit: flags.unit ?? ("USD" as const),
    reason: needed("--reason", flags.reason),
    valid_days: flags.valid,
  };
  const client = await context.client();
  const quote = await client.call(budgetRoutes.makeQuote, { body });
  await context.output.show(quote, (view) => quoteText(quote, view));
  context.output.note(`Next  headgate budget hold place ${quote.account} ${quote.amount} --quote ${quote.id} --for SUBJECT\n`);
};

export const listQuotes: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { account: args.account, open: flags.open ? "true" : undefined, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(budgetRoutes.listQuotes, { query });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "quote", cell: (quote) => quote.id },
            { head: "at most", cell: (quote) => money(quote.amount, quote.unit), align: "right" },
            { head: "state", cell: (quote) => quote.state },
            { head: "holds until", cell: (quote) => localTime(quote.valid_until) },
            { head: "account", cell: (quote) => quote.account, minimum: 6 },
            { head: "for", cell: (quote) => quote.reason, minimum: 12 },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("Nothing is quoted.\n");
  noteMore(context.output, answer.next);
};

export const showQuote: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const quote = await client.call(budgetRoutes.showQuote, { params: { id: args.id } });
  await context.output.show(quote, (view) => quoteText(quote, view));
};

export function quoteText(quote: QuoteView, { style }: View): string {
  const work = Object.entries(quote.work ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name.replaceAll("_", " ")} ${value}`]));
  return `${style.bold(`quote ${quote.id}`)}  ${quote.state}\n${renderPairs(
    [
      ["at most", quote.free === null ? `${money(quote.amount, quote.unit)} = ${quote.words}` : quote.words],
      ["account", quote.account],
      ["for", quote.reason],
      ["the same in", work.length === 0 ? null : work.join(", ")],
      ["holds until", localTime(quote.valid_until)],
      ["made by", `${quote.person}, ${localTime(quote.made_at)}`],
      ["used by", quote.hold_id === null ? null : `reservation ${quote.hold_id}, ${localTime(quote.used_at ?? quote.made_at)}`],
    ],
    style,
    "  ",
  )}`;
}
