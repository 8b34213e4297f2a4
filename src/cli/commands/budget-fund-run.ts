import { budgetRoutes } from "#budget/contract";
import { Problem } from "#kernel";
import type { PlainRun, RunOf } from "../command.ts";
import { needed } from "../needed.ts";
import { renderTable } from "../table.ts";
import type { clearTakes, setTakes } from "./budget-fund.ts";

/*
 * With -o json set gives the plan, clear the account, list `{ items }`.
 */

type Plan = { readonly mode: "order" | "share"; readonly funds: { account: string; share: string | null }[] };

function words({ mode, funds }: Plan): string {
  return mode === "order" ? funds.map(({ account }) => account).join(", then ") : funds.map(({ account, share }) => `${share ?? ""} ${account}`).join(", ");
}

function planOf(inOrder: string | undefined, byShare: string | undefined): Plan {
  if ((inOrder === undefined) === (byShare === undefined))
    throw new Problem(inOrder === undefined ? "usage.missing" : "usage.surplus", { detail: "say either --in-order or --by-share" });
  if (inOrder !== undefined) return { mode: "order", funds: inOrder.split(",").map((account) => ({ account: account.trim(), share: null })) };
  const funds = (byShare ?? "").split(",").map((one) => {
    const [account = "", share = ""] = one.split("=");
    return { account: account.trim(), share: share.trim() };
  });
  return { mode: "share", funds };
}

export const setFunds: RunOf<typeof setTakes> = async (context, { args, flags }) => {
  const body = { ...planOf(flags.inOrder, flags.byShare), reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const plan = await client.call(budgetRoutes.setFunds, { params: { name: args.account }, body });
  await context.output.show(plan, () => `${plan.account} is paid from ${words(plan)}\n`);
};

export const clearFunds: RunOf<typeof clearTakes> = async (context, { args, flags }) => {
  const body = { reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.clearFunds, { params: { name: args.account }, body });
  await context.output.show(answer, () => `${answer.account} pays for its work itself\n`);
};

export const listFunds: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listFunds, {});
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "account", cell: (plan) => plan.account },
            { head: "paid from", cell: words, minimum: 20 },
            { head: "set by", cell: (plan) => plan.set_by },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("Every account pays for its work itself.\n");
};
