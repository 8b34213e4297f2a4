import { budgetRoutes, type AccountView, type LimitView } from "#budget/contract";
import { Problem } from "#kernel";
import type { RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { isZero, money } from "../format.ts";
import { renderTable } from "../table.ts";
import type { createTakes, limitsTakes, moneyTakes, setLimitTakes, statusTakes, termsTakes, transferTakes } from "./budget-account.ts";

/*
 * With -o json each answers the account as it is then, in the shape of GET /api/v1/budget/accounts/:name; set-limit the limit, limits `{ items }`.
 */

async function tell(context: Context, account: AccountView, done: string): Promise<void> {
  await context.output.show(account, () => {
    const { unit, name } = account;
    const overrun = isZero(account.overrun) ? "" : `; ${money(account.overrun, unit)} overrun stops new work until somebody decides`;
    return `${done}. ${name} can commit ${money(account.can_commit, unit)} of ${money(account.allocated, unit)} allocated${overrun}\n`;
  });
}

export const createAccount: RunOf<typeof createTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const account = await client.call(budgetRoutes.createAccount, {
    body: {
      name: args.name,
      kind: flags.kind ?? "project",
      parent: flags.parent ?? null,
      unit: flags.unit ?? "USD",
      allocated: flags.allocate ?? "0",
      starts_at: flags.start ?? null,
      ends_at: flags.end ?? null,
      slurm_account: flags.slurmAccount ?? null,
      ...(flags.title === undefined ? {} : { title: flags.title }),
      ...(flags.reason === undefined ? {} : { reason: flags.reason }),
      ...(flags.approver === undefined ? {} : { approver: flags.approver }),
    },
  });
  await tell(context, account, `${account.kind} ${account.name} is open`);
};

export const updateAccount: RunOf<typeof termsTakes> = async (context, { args, flags }) => {
  const { start, end, reserveAt } = flags;
  if (start === undefined && end === undefined && reserveAt === undefined)
    throw new Problem("usage.missing", { detail: "nothing to set was given", fix: "Add --start TIME, --end TIME or --reserve-at WHEN." });
  const client = await context.client();
  const account = await client.call(budgetRoutes.changeAccount, {
    params: { name: args.account },
    body: {
      starts_at: start,
      ends_at: end,
      ...(reserveAt === undefined ? {} : { reserve_at: reserveAt === "inherit" ? null : reserveAt }),
      reason: flags.reason ?? (reserveAt === undefined ? "start and end set" : `money reserved at ${reserveAt}`),
    },
  });
  const dates = start === undefined && end === undefined ? [] : [`runs from ${account.starts_at ?? "always"} to ${account.ends_at ?? "no end"}`];
  const reserves = reserveAt === undefined ? [] : [`reserves money for jobs at ${account.reserve_at}`];
  await tell(context, account, `${account.name} ${[...dates, ...reserves].join(" and ")}`);
};

async function setStatus(context: Context, name: string, status: AccountView["status"], reason: string | undefined): Promise<void> {
  const client = await context.client();
  const account = await client.call(budgetRoutes.changeAccount, { params: { name }, body: { status, reason: reason ?? `account ${status}` } });
  await tell(context, account, `${account.name} is ${account.status}`);
}

export const freezeAccount: RunOf<typeof statusTakes> = (context, { args, flags }) => setStatus(context, args.account, "frozen", flags.reason);
export const reopenAccount: RunOf<typeof statusTakes> = (context, { args, flags }) => setStatus(context, args.account, "open", flags.reason);
export const closeAccount: RunOf<typeof statusTakes> = async (context, { args, flags }) => {
  await context.confirm(`${args.account} takes no new work once it is closed.`);
  await setStatus(context, args.account, "closed", flags.reason);
};

export const absorbOverrun: RunOf<typeof statusTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const account = await client.call(budgetRoutes.absorb, { params: { name: args.account }, body: { reason: flags.reason ?? "overrun dealt with" } });
  await tell(context, account, `overrun of ${account.name} is dealt with`);
};

export const setLimit: RunOf<typeof setLimitTakes> = async (context, { args, flags }) => {
  const { person, partition, limit } = flags;
  if ((person === undefined) === (partition === undefined))
    throw new Problem("usage.missing", {
      detail: "a limit is for one person or for one partition",
      fix: "Add --person PERSON or --partition PARTITION, one of them.",
    });
  if (limit === undefined) throw new Problem("usage.missing", { detail: "the limit is not given", fix: "Add --limit AMOUNT." });
  const client = await context.client();
  const answer = await client.call(budgetRoutes.setLimit, {
    params: { name: args.account },
    body: {
      scope: person === undefined ? "partition" : "person",
      subject: person ?? partition ?? "",
      amount: limit,
      reason: flags.reason ?? "limit set",
    },
  });
  await context.output.show(
    answer,
    () =>
      `${answer.scope} ${answer.subject} may commit ${money(answer.allocated, answer.unit)} inside ${answer.account}; ${money(answer.free, answer.unit)} of it is free\n`,
  );
};

export const listLimits: RunOf<typeof limitsTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listLimits, { params: { name: args.account } });
  const amount = (head: string, of: (limit: LimitView) => string) => ({
    head,
    cell: (limit: LimitView) => money(of(limit), limit.unit),
    align: "right" as const,
  });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? `${args.account} has no limits inside it\n`
      : renderTable(
          answer.items,
          [
            { head: "for", cell: (limit) => `${limit.scope} ${limit.subject}`, minimum: 12 },
            amount("limit", (limit) => limit.allocated),
            amount("spent", (limit) => limit.spent),
            amount("reserved", (limit) => limit.reserved),
            amount("free", (limit) => limit.free),
          ],
          { style, columns },
        ),
  );
};

export const transferMoney: RunOf<typeof transferTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const account = await client.call(budgetRoutes.transfer, {
    params: { name: args.from },
    body: { to: args.to, amount: args.amount, reason: flags.reason ?? `transfer to ${args.to}` },
  });
  await tell(context, account, `${money(args.amount, account.unit)} moved to ${args.to}`);
};

export const giveMoney: RunOf<typeof moneyTakes> = (context, { args, flags }) => allocate(context, args.account, args.amount, flags.reason ?? "allocation");
export const takeMoney: RunOf<typeof moneyTakes> = (context, { args, flags }) =>
  allocate(context, args.account, `-${args.amount}`, flags.reason ?? "taken back");

async function allocate(context: Context, name: string, amount: string, reason: string): Promise<void> {
  const client = await context.client();
  const account = await client.call(budgetRoutes.allocate, { params: { name }, body: { amount, through: false, reason } });
  await tell(context, account, `${account.name} is allocated ${money(account.allocated, account.unit)} now`);
}

export const cutMoney: RunOf<typeof moneyTakes> = async (context, { args, flags }) => {
  await context.confirm(`${args.amount} is taken away from ${args.account}, also where it is committed already.`);
  const client = await context.client();
  const account = await client.call(budgetRoutes.cut, {
    params: { name: args.account },
    body: { amount: args.amount, reason: flags.reason ?? "award cut" },
  });
  await tell(context, account, `${account.name} was cut to ${money(account.allocated, account.unit)}`);
};
