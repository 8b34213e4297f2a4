import { budgetRoutes, type ExemptionView, type ExemptUseView } from "#budget/contract";
import type { MoneyUnit } from "#kernel";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import type { grantTakes, listTakes, openTakes, usesTakes, withdrawTakes } from "./budget-exempt.ts";

/*
 * With -o json giving and withdrawing give the exemption; the lists `{ items, next }`.
 */

/** Said in the place of an amount that is reserved. */
export function exemptText({ kind, reason, until, asked }: ExemptUseView, unit: MoneyUnit): string {
  const end = until === null ? "until it is revoked" : `until ${localTime(until)}`;
  return `not reserved: ${kind === "exemption" ? "exempt" : kind} (${reason}, ${end}); ${money(asked, unit)} was asked for`;
}

function endWords({ ends_at: end }: ExemptionView): string {
  return end === null ? "until it is revoked" : `until ${localTime(end)}`;
}

export const grantExemption: RunOf<typeof grantTakes> = async (context, { args, flags }) => {
  const body = {
    kind: "exemption" as const,
    person: args.person,
    starts_at: flags.start ?? null,
    ends_at: flags.until ?? null,
    reason: needed("--reason", flags.reason),
    approver: needed("--approver", flags.approver),
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.grantExemption, { params: { name: args.account }, body });
  await context.output.show(answer, () => `${answer.person} is exempt on ${answer.account} ${endWords(answer)}\n`);
};

export const openGlass: RunOf<typeof openTakes> = async (context, { args, flags }) => {
  const body = {
    kind: "break-glass" as const,
    person: args.person,
    hours: flags.hours ?? 24,
    reason: needed("--reason", flags.reason),
    approver: needed("--approver", flags.approver),
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.grantExemption, { params: { name: args.account }, body });
  await context.output.show(answer, () => `break-glass is open for ${answer.person} on ${answer.account} ${endWords(answer)}\n`);
};

function withdraw(kind: ExemptionView["kind"], words: string): RunOf<typeof withdrawTakes> {
  return async (context, { args, flags }) => {
    const body = { kind, person: args.person, reason: needed("--reason", flags.reason) };
    const client = await context.client();
    const answer = await client.call(budgetRoutes.withdrawExemption, { params: { name: args.account }, body });
    await context.output.show(
      answer,
      () => `${answer.person} on ${answer.account}: ${words}; it let in ${answer.uses} and ${money(answer.charged, answer.unit)} was charged\n`,
    );
  };
}

export const revokeExemption = withdraw("exemption", "no longer exempt");
export const closeGlass = withdraw("break-glass", "break-glass is closed");

function list(kind: ExemptionView["kind"], nothing: string): RunOf<typeof listTakes> {
  return async (context, { args, flags }) => {
    const client = await context.client();
    const query = { kind, account: args.account, person: flags.person, all: flags.all ? "true" : undefined, limit: flags.limit, cursor: flags.after };
    const answer = await client.call(budgetRoutes.listExemptions, { query });
    await context.output.show(answer, ({ style, columns }) =>
      renderTable(
        answer.items,
        [
          { head: "person", cell: (one) => one.person },
          { head: "account", cell: (one) => one.account, minimum: 6 },
          { head: "from", cell: (one) => localTime(one.starts_at) },
          {
            head: "to",
            cell: (one) => (one.withdrawn === null ? (one.ends_at === null ? "-" : localTime(one.ends_at)) : `revoked ${localTime(one.withdrawn.at)}`),
          },
          { head: "reason", cell: (one) => one.reason, minimum: 10 },
          { head: "approved by", cell: (one) => one.approver, minimum: 8 },
          { head: "uses", cell: (one) => String(one.uses), align: "right" },
          { head: "charged", cell: (one) => money(one.charged, one.unit), align: "right" },
        ],
        { style, columns },
      ),
    );
    if (answer.items.length === 0) context.output.note(`${nothing}\n`);
    noteMore(context.output, answer.next);
  };
}

export const listExemptions = list("exemption", "Nobody is exempt.");
export const listGlass = list("break-glass", "Break-glass is open for nobody.");

async function showUses(context: Context, kind: ExemptionView["kind"], { args, flags }: Parameters<RunOf<typeof usesTakes>>[1]): Promise<void> {
  const client = await context.client();
  const query = { kind, account: args.account, person: flags.person, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(budgetRoutes.listExemptionUses, { query });
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "when", cell: (one) => localTime(one.at) },
        { head: "person", cell: (one) => one.person },
        { head: "account", cell: (one) => one.account, minimum: 6 },
        { head: "for", cell: (one) => one.subject, minimum: 12 },
        { head: "asked", cell: (one) => money(one.asked, one.unit), align: "right" },
        { head: "charged", cell: (one) => money(one.charged, one.unit), align: "right" },
        { head: "state", cell: (one) => one.state },
        { head: "reason", cell: (one) => one.reason, minimum: 10 },
        { head: "approved by", cell: (one) => one.approver, minimum: 8 },
      ],
      { style, columns },
    ),
  );
  if (answer.items.length === 0) context.output.note("Nothing was let in.\n");
  noteMore(context.output, answer.next);
}

export const listUses: RunOf<typeof usesTakes> = (context, given) => showUses(context, "exemption", given);
export const listGlassUses: RunOf<typeof usesTakes> = (context, given) => showUses(context, "break-glass", given);
