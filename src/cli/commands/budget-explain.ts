import { budgetRoutes } from "#budget/contract";
import { Problem } from "#kernel";
import type { Client } from "../client.ts";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { isZero, localTime, money } from "../format.ts";
import { renderTable } from "../table.ts";
import type { explainTakes } from "./budget.ts";

/** The answer's shape with -o json is that of GET /api/v1/budget/accounts/:name/explain. */
export const explainAccount: RunOf<typeof explainTakes> = async (context, { args }) => {
  const client = await context.client();
  const name = args.account ?? (await defaultAccount(context, client));
  const answer = await client.call(budgetRoutes.explainAccount, { params: { name } });
  const amount = (text: string) => money(text, answer.unit);
  await context.output.show(answer, ({ style, columns }) => {
    const levels = renderTable(
      answer.levels,
      [
        { head: "level", cell: (level) => level.name, minimum: 12 },
        { head: "kind", cell: (level) => level.kind },
        { head: "allocated", cell: (level) => amount(level.allocated), align: "right" },
        { head: "spent", cell: (level) => amount(level.spent), align: "right" },
        { head: "reserved", cell: (level) => amount(level.reserved), align: "right" },
        {
          head: answer.levels.some((level) => !isZero(level.leased)) ? "leased" : "",
          cell: (level) => (isZero(level.leased) ? "" : amount(level.leased)),
          align: "right",
        },
        {
          head: answer.levels.some((level) => !isZero(level.overrun)) ? "overrun" : "",
          cell: (level) => (isZero(level.overrun) ? "" : amount(level.overrun)),
          align: "right",
        },
        { head: "can commit", cell: (level) => amount(level.can_commit), align: "right" },
        {
          head: "",
          cell: (level) => [level.binds ? "binds" : "", level.status === "open" ? "" : level.status].filter((word) => word !== "").join(", "),
          paint: (words) => style.yellow(words),
        },
      ],
      { style, columns },
    );
    const holds = renderTable(
      answer.holds,
      [
        { head: "reserved", cell: (hold) => amount(hold.remaining), align: "right" },
        { head: "for", cell: (hold) => hold.subject, minimum: 20 },
        { head: "person", cell: (hold) => hold.person, minimum: 6 },
        { head: "account", cell: (hold) => hold.account, minimum: 6 },
        { head: "since", cell: (hold) => localTime(hold.created_at) },
      ],
      { style, columns },
    );
    return `${style.bold(answer.account)} can commit ${style.bold(amount(answer.can_commit))}: ${answer.reason}\n\n${levels}${answer.holds.length === 0 ? "" : `\nThe largest open reservations that count against ${answer.binding}\n${holds}`}`;
  });
};

async function defaultAccount(context: Context, client: Client): Promise<string> {
  const name = context.config.project ?? (await client.call(budgetRoutes.showStatus, {})).default_account;
  if (name === null)
    throw new Problem("usage.missing", {
      detail: "no account is named and you have no default",
      fix: "Name one (headgate budget status lists yours), or choose a default: headgate budget default ACCOUNT.",
    });
  return name;
}
