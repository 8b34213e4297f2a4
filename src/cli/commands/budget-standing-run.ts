import { budgetRoutes, type StandingCostView } from "#budget/contract";
import type { PlainRun, RunOf } from "../command.ts";
import { count, money } from "../format.ts";
import { needed } from "../needed.ts";
import { today } from "../time-flag.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { addTakes, endTakes, listTakes, showTakes } from "./budget-standing.ts";
import { noteMore } from "../pages.ts";

/*
 * With -o json add, end and show give the standing cost, list `{ items, next }`.
 */

function reservedWords(cost: StandingCostView): string {
  return cost.reserved_to === null ? "not reserved: it does not fit, or is over" : `reserved to ${cost.reserved_to}`;
}

export const addStanding: RunOf<typeof addTakes> = async (context, { args, flags }) => {
  const body = {
    name: args.name,
    account: args.account,
    per_day: args.amount,
    unit: flags.unit ?? ("USD" as const),
    source: needed("--source", flags.source),
    starts_on: flags.start ?? today(context),
    ends_on: flags.end ?? null,
    reason: needed("--reason", flags.reason),
  };
  const client = await context.client();
  const cost = await client.call(budgetRoutes.addStanding, { body });
  await context.output.show(
    cost,
    () => `${cost.name}: ${money(cost.per_day, cost.unit)} a day on ${cost.account} from ${cost.starts_on} on, ${reservedWords(cost)}\n`,
  );
};

export const endStanding: RunOf<typeof endTakes> = async (context, { args, flags }) => {
  const body = { ends_on: flags.on ?? today(context), reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const cost = await client.call(budgetRoutes.endStanding, { params: { name: args.name }, body });
  await context.output.show(cost, () => `${cost.name} ends on ${cost.ends_on ?? ""}\n`);
};

export const listStanding: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { account: args.account, all: flags.all ? "true" : undefined, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(budgetRoutes.listStanding, { query });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "name", cell: (cost) => cost.name },
            { head: "a day", cell: (cost) => money(cost.per_day, cost.unit), align: "right" },
            { head: "account", cell: (cost) => cost.account, minimum: 6 },
            { head: "from", cell: (cost) => cost.starts_on },
            { head: "to", cell: (cost) => cost.ends_on ?? "-" },
            { head: "charged to", cell: (cost) => cost.accrued_to ?? "-" },
            { head: "reserved to", cell: (cost) => cost.reserved_to ?? "-" },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("Nothing costs money by the day.\n");
  noteMore(context.output, answer.next);
};

export const showStanding: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const cost = await client.call(budgetRoutes.showStanding, { params: { name: args.name } });
  await context.output.show(
    cost,
    ({ style }) =>
      `${style.bold(cost.name)}\n${renderPairs(
        [
          ["a day", money(cost.per_day, cost.unit)],
          ["source", cost.source],
          ["paid by", cost.account],
          ["days", `${cost.starts_on} to ${cost.ends_on ?? "further notice"}`],
          ["charged", cost.accrued_to === null ? "no day yet" : `to ${cost.accrued_to}`],
          ["reserved", cost.reserved_to === null ? "nothing" : `to ${cost.reserved_to}`],
          ["added by", cost.person],
        ],
        style,
        "  ",
      )}`,
  );
};

export const accrueStanding: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.accrueStanding, {});
  await context.output.show(answer, () => `${count(answer.done, "day")} charged\n`);
};
