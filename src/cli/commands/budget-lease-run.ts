import { budgetRoutes } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { isZero, localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { listTakes, openTakes, renewTakes, returnTakes, settleTakes, showTakes } from "./budget-lease.ts";
import { noteMore } from "../pages.ts";

/*
 * With -o json the movements answer in the shape of POST /api/v1/budget/leases, list `{ items, next }`, show the lease.
 */

export const openLease: RunOf<typeof openTakes> = async (context, { args, flags }) => {
  const body = {
    account: args.account,
    amount: args.amount,
    expires_at: needed("--expires", flags.expires),
    ...(flags.why === undefined ? {} : { reason: flags.why }),
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.openLease, { body });
  await context.output.show(answer, () => `lease ${answer.lease_id}: ${answer.amount} of ${args.account} is set aside until ${localTime(answer.expires_at)}\n`);
};

export const renewLease: RunOf<typeof renewTakes> = async (context, { args, flags }) => {
  const body = { expires_at: needed("--expires", flags.expires), returns: flags.returns ?? "0", ...(flags.why === undefined ? {} : { reason: flags.why }) };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.renewLease, { params: { id: args.id }, body });
  await context.output.show(answer, () => `${answer.amount} given back; ${answer.remaining} stands until ${localTime(answer.expires_at)}\n`);
};

export const settleLease: RunOf<typeof settleTakes> = async (context, { args, flags }) => {
  const body = {
    reserved: args.reserved,
    cost: args.cost,
    person: needed("--person", flags.person),
    subject: needed("--for", flags.for),
    partition: flags.partition ?? null,
    charge_class: flags.class ?? null,
    figure: flags.figure ?? "metered",
    at: flags.at,
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.settleLease, { params: { id: args.id }, body });
  await context.output.show(answer, () => `${answer.charged} charged as transaction ${answer.transaction}; ${answer.remaining} is left of the lease\n`);
  if (!isZero(answer.overrun)) context.output.note(`${answer.overrun} of it is beyond a limit\n`);
};

export const returnLease: RunOf<typeof returnTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.returnLease, { params: { id: args.id }, body: flags.why === undefined ? {} : { reason: flags.why } });
  await context.output.show(answer, () => `${answer.amount} given back; the lease is closed\n`);
};

export const listLeases: RunOf<typeof listTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { account: args.account, state: flags.state, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(budgetRoutes.listLeases, { query });
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "left", cell: (lease) => money(lease.remaining, lease.unit), align: "right" },
        { head: "of", cell: (lease) => money(lease.amount, lease.unit), align: "right" },
        { head: "recalled", cell: (lease) => (isZero(lease.recall) ? "-" : money(lease.recall, lease.unit)), align: "right" },
        { head: "state", cell: (lease) => lease.state },
        { head: "account", cell: (lease) => lease.account, minimum: 6 },
        { head: "holder", cell: (lease) => lease.holder, minimum: 6 },
        { head: "until", cell: (lease) => localTime(lease.expires_at) },
        { head: "lease", cell: (lease) => lease.id },
      ],
      { style, columns },
    ),
  );
  if (answer.items.length === 0) context.output.note("Nothing is leased.\n");
  noteMore(context.output, answer.next);
};

export const showLease: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const lease = await client.call(budgetRoutes.showLease, { params: { id: args.id } });
  await context.output.show(lease, ({ style }) =>
    renderPairs(
      [
        ["account", lease.account],
        ["holder", lease.holder],
        ["state", lease.state],
        ["left", `${money(lease.remaining, lease.unit)} of ${money(lease.amount, lease.unit)}`],
        ["recalled", isZero(lease.recall) ? null : money(lease.recall, lease.unit)],
        ["opened", localTime(lease.opened_at)],
        ["until", localTime(lease.expires_at)],
        ["why", lease.why],
      ],
      style,
      "  ",
    ),
  );
};
