import { budgetRoutes, type OverheadView } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { count, isZero, localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { chargeTakes, listTakes, setTakes, showTakes } from "./budget-overhead.ts";

/*
 * With -o json set gives the overhead account, show that with the month by kind, list `{ items, next }`, charge the answer of its route.
 */

export const setOverhead: RunOf<typeof setTakes> = async (context, { args, flags }) => {
  const body = {
    account: needed("--account", flags.account),
    alarm: flags.alarm ?? 80,
    idle_rule: needed("--idle-rule", flags.idleRule),
    reason: needed("--reason", flags.reason),
  };
  const client = await context.client();
  const overhead = await client.call(budgetRoutes.setOverhead, { params: { cluster: args.cluster }, body });
  await context.output.show(
    overhead,
    () => `${overhead.account} pays the overhead of ${overhead.cluster}; its alarm rings at ${overhead.alarm}%.\n${overhead.idle_sentence}\n`,
  );
};

function alarmWords(overhead: OverheadView): string {
  if (overhead.rings && overhead.raised_at !== null) return `rings since ${localTime(overhead.raised_at)}`;
  if (overhead.raised_at === null || overhead.cleared_at === null) return "never rang";
  return `rang from ${localTime(overhead.raised_at)} to ${localTime(overhead.cleared_at)}`;
}

function usedWords({ used_percent: used }: OverheadView): string {
  return used === null ? "nothing allocated" : `${used}%`;
}

export const listOverhead: RunOf<typeof listTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listOverhead, { query: { limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "cluster", cell: (one) => one.cluster },
            { head: "account", cell: (one) => one.account, minimum: 8 },
            { head: "allocated", cell: (one) => money(one.allocated, one.unit), align: "right" },
            { head: "spent", cell: (one) => money(one.spent, one.unit), align: "right" },
            { head: "used", cell: usedWords, align: "right" },
            { head: "at", cell: (one) => `${one.alarm}%`, align: "right" },
            { head: "alarm", cell: alarmWords, paint: (words, one) => (one.rings ? style.red(words) : words) },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("No cluster has an overhead account: headgate budget overhead set\n");
  noteMore(context.output, answer.next);
};

export const showOverhead: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const overhead = await client.call(budgetRoutes.showOverhead, { params: { cluster: args.cluster } });
  const amount = (text: string) => money(text, overhead.unit);
  await context.output.show(
    overhead,
    ({ style }) =>
      `${style.bold(overhead.cluster)}\n${renderPairs(
        [
          ["overhead paid by", overhead.account],
          ["allocated", amount(overhead.allocated)],
          ["spent", amount(overhead.spent)],
          ["reserved", isZero(overhead.reserved) ? null : amount(overhead.reserved)],
          ["leased", isZero(overhead.leased) ? null : amount(overhead.leased)],
          ["overrun", isZero(overhead.overrun) ? null : style.red(amount(overhead.overrun))],
          ["used", usedWords(overhead)],
          ["alarm", `at ${overhead.alarm}%: ${overhead.rings ? style.red(alarmWords(overhead)) : alarmWords(overhead)}`],
          ["idle tails", overhead.idle_sentence],
        ],
        style,
        "  ",
      )}\nSince ${overhead.month_from}: ${amount(overhead.month_total)}\n${renderPairs(
        overhead.month_by_kind.map((one) => [one.kind, `${amount(one.amount)} in ${count(one.charges, "charge")}`] as const),
        style,
        "  ",
      )}`,
  );
};

export const chargeOverhead: RunOf<typeof chargeTakes> = async (context, { args, flags }) => {
  const body = {
    kind: needed("--kind", flags.kind),
    amount: needed("--amount", flags.amount),
    figure: flags.figure ?? ("billed" as const),
    at: flags.at,
    note: needed("--note", flags.note),
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.chargeOverhead, { params: { cluster: args.cluster }, body });
  await context.output.show(
    answer,
    () =>
      `${money(answer.charged, answer.unit)} (${body.kind}) charged to ${answer.account} as transaction ${answer.transaction}${answer.replayed ? " (it was already)" : ""}\n`,
  );
  if (!isZero(answer.overrun))
    context.output.note(`${money(answer.overrun, answer.unit)} of it is beyond a limit; see headgate budget explain ${answer.account}\n`);
};
