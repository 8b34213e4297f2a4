import { budgetRoutes, type JournalTransaction } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { localTime, money } from "../format.ts";
import { renderTable } from "../table.ts";
import { showHolds } from "./budget-hold-run.ts";
import type { holdsTakes, journalTakes } from "./budget.ts";
import { noteMore } from "../pages.ts";

/** The answer's shape with -o json is that of GET /api/v1/budget/holds: `{ items, next }`. */
export const listHolds: RunOf<typeof holdsTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listHolds, { query: { account: args.account, state: flags.state, limit: flags.limit, cursor: flags.after } });
  await showHolds(context, answer);
};

/** The answer's shape with -o json is that of GET /api/v1/budget/journal: `{ items, next }`. */
export const listJournal: RunOf<typeof journalTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listJournal, { query: { account: args.account, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "no.", cell: (entry) => entry.number, align: "right" },
        { head: "booked", cell: (entry) => localTime(entry.booked_at) },
        { head: "what", cell: (entry) => entry.kind },
        { head: "movement", cell: (entry) => movement(entry, args.account) },
        { head: "person", cell: (entry) => entry.person, minimum: 6 },
        { head: "why", cell: (entry) => entry.why, minimum: 20 },
      ],
      { style, columns },
    ),
  );
  noteMore(context.output, answer.next);
};

/** What moved in the account itself: `free -$1.00, held $1.00`. */
function movement({ entries }: JournalTransaction, account: string): string {
  return entries
    .filter((entry) => entry.account === account)
    .map((entry) => `${entry.pocket} ${money(entry.amount, entry.unit)}`)
    .join(", ");
}
