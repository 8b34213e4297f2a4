import { budgetRoutes } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { localTime } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import { today } from "../time-flag.ts";
import type { listTakes, setTakes } from "./budget-su-rate.ts";

/*
 * With -o json set gives the rate, list `{ items, next }`.
 */

export const setRate: RunOf<typeof setTakes> = async (context, { args, flags }) => {
  const body = {
    rate: needed("--rate", flags.rate),
    dated: flags.from ?? today(context),
    source: needed("--source", flags.source),
    approver: needed("--approver", flags.approver),
    reason: flags.reason ?? "rate of service units",
  };
  const client = await context.client();
  const rate = await client.call(budgetRoutes.setSuRate, { params: { name: args.account }, body });
  await context.output.show(rate, () => `1 SU of ${rate.account} is worth $${rate.rate} from ${rate.dated} on\n`);
};

export const listRates: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listSuRates, { query: { account: args.account, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "account", cell: (one) => one.account, minimum: 6 },
            { head: "from", cell: (one) => one.dated },
            { head: "1 SU", cell: (one) => `$${one.rate}`, align: "right" },
            { head: "source", cell: (one) => one.source, minimum: 8 },
            { head: "approved by", cell: (one) => one.approver, minimum: 8 },
            { head: "recorded", cell: (one) => localTime(one.recorded_at) },
            { head: "by", cell: (one) => one.person },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("No rate of service units is recorded.\n");
  noteMore(context.output, answer.next);
};
