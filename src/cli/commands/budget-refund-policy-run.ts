import { budgetRoutes, type RefundRuleView } from "#budget/contract";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { localTime } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import type { endTakes, listTakes, setTakes } from "./budget-refund-policy.ts";

/*
 * With -o json set and end give the rule, list `{ items, next }`.
 */

export const setRule: RunOf<typeof setTakes> = (context, { args, flags }) => decide(context, args.account, flags, needed("--share", flags.share));

export const endRule: RunOf<typeof endTakes> = (context, { args, flags }) => decide(context, args.account, flags, null);

async function decide(
  context: Context,
  account: string,
  flags: { readonly state: RefundRuleView["state"] | undefined; readonly reason: string | undefined },
  share: string | null,
): Promise<void> {
  const body = { state: needed("--state", flags.state), share, reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const rule = await client.call(budgetRoutes.setRefundRule, { params: { name: account }, body });
  await context.output.show(rule, () =>
    rule.share === null
      ? `${rule.account} has no rule of its own for ${rule.state} any more\n`
      : `${percentOf(rule.share)} of a charge is given back when work of ${rule.account} ends as ${rule.state} from now on\n`,
  );
}

export const listRules: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { account: args.account, all: flags.all ? "true" : undefined, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(budgetRoutes.listRefundRules, { query });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "account", cell: (rule) => rule.account, minimum: 6 },
            { head: "ended as", cell: (rule) => rule.state },
            { head: "given back", cell: (rule) => (rule.share === null ? "as above" : percentOf(rule.share)), align: "right" },
            { head: "since", cell: (rule) => localTime(rule.since) },
            { head: "set by", cell: (rule) => rule.person },
            { head: "why", cell: (rule) => rule.reason, minimum: 12 },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("Nothing is given back by policy.\n");
  noteMore(context.output, answer.next);
};

/** "0.125" as "12.5%". */
function percentOf(share: string): string {
  return `${Number((Number(share) * 100).toFixed(4))}%`;
}
