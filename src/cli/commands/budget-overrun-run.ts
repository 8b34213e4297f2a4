import { budgetRoutes } from "#budget/contract";
import { Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import { localTime } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import type { listTakes, setTakes } from "./budget-overrun.ts";

/*
 * With -o json set gives the policy, list `{ items, next }`.
 */

const POLICIES = ["leave", "extend", "advance", "inherit"] as const;

export const setPolicy: RunOf<typeof setTakes> = async (context, { args, flags }) => {
  const policy = POLICIES.find((one) => one === args.policy);
  if (policy === undefined) throw new Problem("usage.value", { detail: `${args.policy} is no policy`, fix: `Say one of ${POLICIES.join(", ")}.` });
  const advance = policy === "advance" ? needed("--advance", flags.advance) : (flags.advance ?? null);
  const body = { policy, advance, reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.setOverrunPolicy, { params: { name: args.account }, body });
  const bearer = answer.advance === null ? "" : `, to ${answer.advance}`;
  await context.output.show(answer, () => `${answer.account}: ${answer.policy}${bearer}\n`);
};

export const listPolicies: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listOverrunPolicies, { query: { account: args.account, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "account", cell: (one) => one.account, minimum: 6 },
            { head: "policy", cell: (one) => one.policy },
            { head: "borne by", cell: (one) => one.advance ?? "-" },
            { head: "since", cell: (one) => localTime(one.since) },
            { head: "set by", cell: (one) => one.person },
            { head: "why", cell: (one) => one.reason, minimum: 12 },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("Nothing is set: what no limit covers is overrun.\n");
  noteMore(context.output, answer.next);
};
