import { budgetRoutes, type AccountView } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { isZero, localTime, money } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { Context } from "../context.ts";
import type { showTakes } from "./budget-account.ts";
import type { accountsTakes, setDefaultTakes, statusTakes } from "./budget.ts";

/** The answer's shape with -o json is that of GET /api/v1/budget/status; of one account that of GET /api/v1/budget/accounts/:name. */
export const showStatus: RunOf<typeof statusTakes> = async (context, { args }) => {
  const { output } = context;
  if (args.account !== undefined) return await oneAccount(context, args.account);
  const client = await context.client();
  const answer = await client.call(budgetRoutes.showStatus, {});
  await output.show(answer, (view) => {
    const standing = answer.standing_costs.map((cost) => [cost.name, `${money(cost.per_day, cost.unit)} a day on ${cost.account}`] as const);
    const sums = answer.standing_per_day.map((sum) => money(sum.amount, sum.unit)).join(" and ");
    const indirect = answer.indirect.map(
      (one) => [one.account, `${money(one.spent, one.unit)} of what is spent, ${money(one.reserved, one.unit)} of what is reserved`] as const,
    );
    return [
      accountTable(answer.accounts, answer.default_account, view),
      indirect.length === 0 ? "" : `\nIndirect cost that awards add, the rest is direct\n${renderPairs(indirect, view.style, "  ")}`,
      standing.length === 0 ? "" : `\nCosts money each day whether or not anything runs: ${sums}\n${renderPairs(standing, view.style, "  ")}`,
      ...answer.overhead_alarms.map(
        (alarm) =>
          `\n${view.style.red(`Alarm: overhead account ${alarm.account} of cluster ${alarm.cluster} is used to ${alarm.used_percent === null ? "more than nothing" : `${alarm.used_percent}%`}`)} (rings at ${alarm.alarm}%, since ${localTime(alarm.raised_at)})\n`,
      ),
    ].join("");
  });
  const mine = answer.default_account;
  output.note(
    mine === null
      ? `${answer.person} has no default project: headgate budget default ACCOUNT\n`
      : `* pays when no project is named; another: headgate budget default ACCOUNT\n`,
  );
  if (answer.more) output.note("There are more: headgate budget accounts\n");
};

/** The answer's shape with -o json is that of GET /api/v1/budget/accounts/:name. */
export const showAccount: RunOf<typeof showTakes> = (context, { args }) => oneAccount(context, args.account);

async function oneAccount(context: Context, name: string): Promise<void> {
  const client = await context.client();
  const account = await client.call(budgetRoutes.showAccount, { params: { name } });
  await context.output.show(account, (view) => accountText(account, view));
}

/** The answer's shape with -o json is that of GET /api/v1/budget/accounts: `{ items, next }`. */
export const listAccounts: RunOf<typeof accountsTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listAccounts, { query: { limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, (view) => accountTable(answer.items, null, view));
  if (answer.next !== null) context.output.note(`There are more: headgate budget accounts --after ${answer.next}\n`);
};

/** The answer's shape with -o json: `{ default_account }`. */
export const chooseDefault: RunOf<typeof setDefaultTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.setDefault, { body: { account: args.account } });
  await context.output.show(answer, () => `${answer.default_account} pays when no project is named\n`);
};

function accountTable(list: readonly AccountView[], mine: string | null, { style, columns }: View): string {
  const top = Math.min(...list.map((account) => account.depth));
  const amount = (head: string, of: (account: AccountView) => string) => ({
    head,
    cell: (account: AccountView) => (isZero(of(account)) ? "-" : money(of(account), account.unit)),
    align: "right" as const,
  });
  const anyLeased = list.some((account) => !isZero(account.leased));
  const anyOverrun = list.some((account) => !isZero(account.overrun));
  return renderTable(
    list,
    [
      { head: "account", cell: (account) => `${"  ".repeat(account.depth - top)}${account.name}${account.name === mine ? " *" : ""}`, minimum: 12 },
      { head: "kind", cell: (account) => account.kind },
      { head: "state", cell: stateOf, paint: (words) => style.yellow(words) },
      amount("allocated", (account) => account.allocated),
      amount("spent", (account) => account.spent),
      amount("reserved", (account) => account.reserved),
      ...(anyLeased ? [amount("leased", (account) => account.leased)] : []),
      ...(anyOverrun ? [amount("overrun", (account) => account.overrun)] : []),
      {
        head: "can commit",
        cell: (account) => money(account.can_commit, account.unit),
        align: "right",
        paint: (words, account) => (isZero(account.can_commit) ? style.red(words) : style.bold(words)),
      },
      {
        head: "",
        cell: (account) => (account.binding === account.name ? "" : `limited by ${account.binding}`),
        minimum: 12,
        paint: (words) => style.dim(words),
      },
    ],
    { style, columns },
  );
}

/** Empty where work is let in. What a person decided comes before what an alert did. */
function stateOf({ status, stopped }: AccountView): string {
  if (status !== "open") return status;
  return stopped === null ? "" : stopped === "approval" ? "waits for approval" : "stopped by an alert";
}

function delegateText({ person, from, until, appointed_by: by }: AccountView["delegates"][number]): string {
  return `${person}${from === null ? "" : ` from ${localTime(from)}`}${until === null ? "" : ` until ${localTime(until)}`}, appointed by ${by}`;
}

function accountText(account: AccountView, { style }: View): string {
  const amount = (text: string) => money(text, account.unit);
  return [
    `${style.bold(account.name)}  ${account.title}\n`,
    renderPairs(
      [
        ["kind", account.kind],
        ["at risk", account.at_risk === null ? null : `${account.at_risk.reason}; approved by ${account.at_risk.approver}`],
        ["state", `${stateOf(account) || "open"}${account.stopped === null ? "" : `; headgate budget alert history ${account.name} says why`}`],
        ["part of", account.parent],
        ["runs", account.starts_at === null && account.ends_at === null ? null : `${account.starts_at ?? "always"} to ${account.ends_at ?? "no end"}`],
        ["Slurm account", account.slurm_account],
        [
          "reserves at",
          account.reserve_at_from === null && account.reserve_at === "submission"
            ? null
            : `${account.reserve_at} of a job${account.reserve_at_from === account.name ? "" : `, as ${account.reserve_at_from} says`}`,
        ],
        ["PI", account.pi],
        ["delegates", account.delegates.map(delegateText).join("\n")],
        ["managers", account.managers.join(", ")],
        ["members", account.members.join(", ")],
        ["allocated", amount(account.allocated)],
        ["spent", amount(account.spent)],
        ["reserved", amount(account.reserved)],
        ["leased", isZero(account.leased) ? null : amount(account.leased)],
        ["overrun", isZero(account.overrun) ? null : style.red(amount(account.overrun))],
        ["free", amount(account.free)],
        ["can commit", `${amount(account.can_commit)}${account.binding === account.name ? "" : `   limited by ${account.binding}`}`],
      ],
      style,
      "  ",
    ),
  ].join("");
}
