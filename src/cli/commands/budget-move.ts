import { budgetRoutes } from "#budget/contract";
import type { Context } from "../context.ts";
import type { RunOf } from "../command.ts";
import { needed } from "../needed.ts";
import { isZero, localTime, money } from "../format.ts";
import type { chargeTakes, refundTakes, renewTakes, writeOffTakes } from "./budget-moves.ts";

/** The answer's shape with -o json is that of POST /api/v1/budget/accounts/:name/charges. */
export const chargeAccount: RunOf<typeof chargeTakes> = async (context, { args, flags }) => {
  const subject = needed("--for", flags.for);
  const note = needed("--note", flags.note);
  const client = await context.client();
  const answer = await client.call(budgetRoutes.charge, {
    params: { name: args.account },
    body: {
      amount: args.amount,
      unit: flags.unit ?? "USD",
      subject,
      note,
      person: flags.person,
      partition: flags.partition ?? null,
      figure: flags.figure ?? "billed",
      at: flags.at,
      charge_class: flags.class ?? null,
    },
  });
  await context.output.show(
    answer,
    () =>
      `${money(answer.charged, answer.unit)} charged to ${args.account} as transaction ${answer.transaction}${answer.replayed ? " (it was already)" : ""}\n`,
  );
  if (!isZero(answer.overrun))
    context.output.note(`${money(answer.overrun, answer.unit)} of it is beyond a limit; see headgate budget explain ${args.account}\n`);
};

/** The answer's shape with -o json is that of POST /api/v1/budget/adjustments. */
export const refundCharge: RunOf<typeof refundTakes> = (context, { args, flags }) =>
  mend(context, `refunded of transaction ${args.number}`, { kind: "refund", ...mending(args, flags) });

/** The answer's shape with -o json is that of POST /api/v1/budget/adjustments. */
export const writeOffCharge: RunOf<typeof writeOffTakes> = (context, { args, flags }) => {
  const bearer = needed("--to", flags.to);
  return mend(context, `of transaction ${args.number} is borne by ${bearer}`, { kind: "write-off", bearer, ...mending(args, flags) });
};

type Mending = { readonly mends: string; readonly amount: string; readonly reason: string; readonly approver: string };
type Adjustment = (Mending & { readonly kind: "refund" }) | (Mending & { readonly kind: "write-off"; readonly bearer: string });

function mending(args: { number: string; amount: string }, flags: { why: string | undefined; approver: string | undefined }): Mending {
  return { mends: args.number, amount: args.amount, reason: needed("--why", flags.why), approver: needed("--approver", flags.approver) };
}

async function mend(context: Context, words: string, body: Adjustment): Promise<void> {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.adjust, { body });
  await context.output.show(answer, () => `${body.amount} ${words}; the journal has it as transaction ${answer.transaction}\n`);
  if (!isZero(answer.overrun)) context.output.note(`${answer.overrun} of it is beyond a limit of the account that bears it\n`);
}

/** The answer's shape with -o json is that of POST /api/v1/budget/holds/:id/renew. */
export const renewHold: RunOf<typeof renewTakes> = async (context, { args, flags }) => {
  const note = needed("--why", flags.why);
  if (flags.amount === undefined && flags.expires === undefined) needed("--amount or --expires", undefined);
  const client = await context.client();
  const answer = await client.call(budgetRoutes.renewHold, {
    params: { id: args.id },
    body: { amount: flags.amount ?? null, expires_at: flags.expires ?? null, until: flags.until ?? null, note },
  });
  const until = answer.expires_at === null ? "does not expire" : `stands until ${localTime(answer.expires_at)}`;
  await context.output.show(answer, () => `the reservation is ${answer.amount} in total and ${until}; ${answer.returned} became free\n`);
};
