import { renameSync, writeFileSync } from "node:fs";
import { budgetRoutes, type AccountView } from "#budget/contract";
import { addMs, instantToIso, milliseconds, Problem, type MoneyUnit } from "#kernel";
import { bannerLine, oodBalances } from "#report";
import { reportRoutes, type ChargeWhy, type OldTransaction } from "#report/contract";
import type { Client } from "../client.ts";
import type { PlainRun, RunOf } from "../command.ts";
import { count, isZero, localTime, money } from "../format.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import type { balanceTakes, oodTakes, remainingTakes, transactionsTakes, transactionTakes, whyTakes } from "./report-look.ts";

/** The answer's shape with -o json is that of GET /api/v1/reports/balances/:account. */
export const showBalance: RunOf<typeof balanceTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(reportRoutes.balanceAt, { params: { account: args.account }, query: { at: flags.at } });
  const amount = (text: string) => money(text, answer.unit);
  await context.output.show(answer, ({ style }) =>
    [
      `${style.bold(answer.account)}  as of ${localTime(answer.at)}\n`,
      renderPairs(
        [
          ["allocated", amount(answer.allocated)],
          ["spent", amount(answer.spent)],
          ["reserved", amount(answer.reserved)],
          ["leased", isZero(answer.leased) ? null : amount(answer.leased)],
          ["overrun", isZero(answer.overrun) ? null : style.red(amount(answer.overrun))],
          ["free", amount(answer.free)],
          ["last movement", answer.as_of === null ? "none by then" : localTime(answer.as_of)],
        ],
        style,
        "  ",
      ),
    ].join(""),
  );
};

/** The answer's shape with -o json is that of GET /api/v1/reports/why/:reference. */
export const showCharge: RunOf<typeof whyTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(reportRoutes.why, { params: { reference: args.reference } });
  await context.output.show(answer, (view) => chargeText(answer, view));
};

function chargeText(answer: ChargeWhy, { style, columns }: View): string {
  const { unit } = answer;
  const amount = (text: string) => money(text, unit);
  const about = answer.job === null ? answer.subject : `job ${answer.job.number} ${answer.job.name}`;
  const back = isZero(answer.given_back) ? "" : `, ${amount(answer.given_back)} of it given back`;
  const rows = answer.movements.flatMap((movement) => {
    const lines = movement.entries.length === 0 ? [null] : movement.entries;
    return lines.map((entry, index) => ({ movement, entry, first: index === 0 }));
  });
  return [
    `${style.bold(about)}  of ${answer.person}: ${amount(answer.charged)} charged${back}\n`,
    ...answer.holds.flatMap((hold) => [
      `${hold.account}: ${amount(hold.reserved)} reserved, ${amount(hold.charged)} charged, ${hold.state} (${hold.id})\n`,
      hold.formula_words === "" ? "" : `  reserved = ${hold.formula_words}\n`,
    ]),
    renderTable(
      rows,
      [
        { head: "booked", cell: ({ movement, first }) => (first ? localTime(movement.booked_at) : "") },
        { head: "what", cell: ({ movement, first }) => (first ? movement.kind : "") },
        { head: "account", cell: ({ movement, entry }) => entry?.account ?? movement.account, minimum: 8 },
        { head: "from", cell: ({ entry }) => entry?.from ?? "" },
        { head: "to", cell: ({ entry }) => entry?.to ?? "" },
        { head: "amount", cell: ({ entry }) => (entry === null ? "-" : amount(entry.amount)), align: "right" },
        { head: "why", cell: ({ movement, first }) => (first ? movement.why : ""), minimum: 16 },
      ],
      { style, columns },
    ),
  ].join("");
}

/** The answer's shape with -o json is that of GET /api/v1/budget/status. */
export const showBanner: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.showStatus, {});
  const line = bannerLine(answer.accounts, answer.default_account);
  await context.output.show(answer, () => (line === "" ? "" : `${line}\n`));
};

/** The answer's shape with -o json: `{ account, unit, remaining }`. */
export const showRemaining: RunOf<typeof remainingTakes> = async (context, { args }) => {
  const client = await context.client();
  const { environment } = context.surroundings;
  const named = args.account ?? context.config.project ?? (environment["SLURM_JOB_ACCOUNT"] || environment["SBATCH_ACCOUNT"] || null);
  const name = named ?? (await client.call(budgetRoutes.showStatus, {})).default_account;
  if (name === null)
    throw new Problem("usage.missing", {
      detail: "no account is named, and you have no default",
      fix: "Name an ACCOUNT, or type headgate budget default ACCOUNT.",
    });
  const account = await client.call(budgetRoutes.showAccount, { params: { name } });
  await context.output.show({ account: name, unit: account.unit, remaining: account.can_commit }, () => `${money(account.can_commit, account.unit)}\n`);
};

/** The answer's shape with -o json is that of GET /api/v1/transactions. */
export const listTransactions: RunOf<typeof transactionsTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const since = flags.last === undefined ? undefined : instantToIso(addMs(context.clock.now(), milliseconds(-3_600_000 * flags.last)));
  const { type, status, limit, offset, job } = flags;
  const query = { account: args.account ?? flags.account, job_id: job, type, status, limit, offset, start_date: since };
  const answer = await client.call(reportRoutes.listTransactions, { query });
  await context.output.show(answer, ({ style, columns }) =>
    answer.transactions.length === 0
      ? "no transactions\n"
      : renderTable(
          answer.transactions,
          [
            { head: "id", cell: (one) => one.id, align: "right" },
            { head: "created", cell: (one) => localTime(one.created_at) },
            { head: "type", cell: (one) => one.type },
            { head: "status", cell: (one) => one.status },
            { head: "amount", cell: (one) => money(one.amount, one.unit), align: "right" },
            { head: "job", cell: (one) => one.job_id ?? "", align: "right" },
            { head: "person", cell: (one) => one.person, minimum: 6 },
            { head: "description", cell: (one) => one.description, minimum: 16 },
          ],
          { style, columns },
        ),
  );
  if (answer.more) context.output.note(`There are more: add --offset ${answer.offset + answer.limit}\n`);
};

/** The answer's shape with -o json is that of GET /api/v1/transactions/:id. */
export const showTransaction: RunOf<typeof transactionTakes> = async (context, { args }) => {
  const client = await context.client();
  const one: OldTransaction = await client.call(reportRoutes.showTransaction, { params: { id: args.id } });
  await context.output.show(one, ({ style }) =>
    renderPairs(
      [
        ["transaction", one.id],
        ["account", one.account_id],
        ["type", `${one.type}, ${one.status}`],
        ["amount", money(one.amount, one.unit)],
        ["job", one.job_id],
        ["reservation", one.hold_id],
        ["person", one.person],
        ["created", localTime(one.created_at)],
        ["completed", localTime(one.completed_at)],
        ["description", one.description],
        ["key", one.transaction_id],
      ],
      style,
    ),
  );
};

/** The file itself, whatever -o says. */
export const writeOod: RunOf<typeof oodTakes> = async (context, { flags }) => {
  const unit: MoneyUnit = flags.unit ?? "USD";
  const accounts = await allAccounts(await context.client());
  const file = oodBalances(accounts, unit, context.clock.now());
  const written = `${JSON.stringify(file, null, 2)}\n`;
  if (flags.file === undefined) return context.output.raw(written);
  save(flags.file, written);
  context.output.note(`${count(file.balances.length, "balance")}: ${flags.file}\n`);
};

/** So many pages of 500 accounts. */
const PAGES_MAX = 200;

async function allAccounts(client: Client): Promise<AccountView[]> {
  const all: AccountView[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, next } = await client.call(budgetRoutes.listAccounts, { query: { limit: 500, cursor } });
    all.push(...items);
    if (next === null) return all;
    cursor = next;
  }
  throw new Problem("overloaded", { detail: `more than ${PAGES_MAX * 500} accounts` });
}

/** In one piece: who reads it meanwhile has the old one or the new one. */
function save(file: string, written: string): void {
  try {
    writeFileSync(`${file}.new`, written, { mode: 0o644 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new Problem("file.unwritable", { detail: (error as Error).message, facts: { file }, cause: error });
  }
}
