import { budgetRoutes } from "#budget/contract";
import { Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import { isZero, money } from "../format.ts";
import type { chargeTakes } from "./budget-moves.ts";

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

/** A flag without which the command means nothing. */
function needed<T>(flag: string, value: T | undefined): T {
  if (value === undefined) throw new Problem("usage.missing", { detail: `${flag} is needed`, fix: "Add --help to see how the command is used." });
  return value;
}
