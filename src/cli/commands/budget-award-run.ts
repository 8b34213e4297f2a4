import { budgetRoutes, type AwardSummary, type AwardView, type ReleaseView } from "#budget/contract";
import { Problem } from "#kernel";
import type { PlainRun, RunOf } from "../command.ts";
import type { Context } from "../context.ts";
import { count, localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import { today } from "../time-flag.ts";
import { renderPairs, renderTable } from "../table.ts";
import type {
  createTakes,
  extendTakes,
  listTakes,
  releasesTakes,
  releaseTakes,
  scheduleTakes,
  setIndirectTakes,
  showTakes,
  updateTakes,
} from "./budget-award.ts";

/*
 * With -o json each answers as its route does: awards in the shape of GET /api/v1/budget/awards/:number, parts in that of GET /api/v1/budget/releases.
 */

export const createAward: RunOf<typeof createTakes> = async (context, { flags }) => {
  const body = {
    number: needed("--number", flags.number),
    agency: needed("--agency", flags.agency),
    pi: needed("--pi", flags.pi),
    total: needed("--total", flags.total),
    starts_on: needed("--start", flags.start),
    ends_on: needed("--end", flags.end),
    title: flags.title ?? flags.number ?? "",
    account: flags.account ?? null,
    parent: flags.parent ?? null,
    unit: flags.unit ?? "USD",
    period_months: flags.periodMonths ?? 12,
    carry: flags.carry ?? "carry-over",
    late_account: flags.lateAccount ?? null,
    closeout_days: flags.closeoutDays ?? 120,
    through: flags.through,
    facts: {
      program: flags.program,
      co_pis: flags.coPi,
      institution: flags.institution,
      department: flags.department,
      federal_id: flags.federalId,
      project: flags.project,
      cost_center: flags.costCenter,
    },
  } as const;
  const client = await context.client();
  await tell(context, await client.call(budgetRoutes.createAward, { body }), "recorded");
};

async function tell(context: Context, award: AwardView, done: string): Promise<void> {
  await context.output.show(
    award,
    () =>
      `award ${award.number} is ${done}: ${award.account} can use it from ${award.starts_on} to ${award.ends_on}, ${count(award.periods.length, "budget period")}; ` +
      `${money(award.released, award.unit)} of ${money(award.total, award.unit)} is released\n`,
  );
}

export const listAwards: RunOf<typeof listTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listAwards, {
    query: { ...(flags.active ? { active_on: today(context) } : {}), ...(flags.after === undefined ? {} : { cursor: flags.after }), limit: flags.limit ?? 100 },
  });
  const amount = (head: string, of: (award: AwardSummary) => string) => ({
    head,
    cell: (award: AwardSummary) => money(of(award), award.unit),
    align: "right" as const,
  });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? "no awards\n"
      : renderTable(
          answer.items,
          [
            { head: "number", cell: (award) => award.number, minimum: 10 },
            { head: "agency", cell: (award) => award.agency },
            { head: "pi", cell: (award) => award.pi },
            { head: "account", cell: (award) => award.account },
            { head: "ends", cell: (award) => award.ends_on, minimum: 10 },
            amount("total", (award) => award.total),
            amount("released", (award) => award.released),
          ],
          { style, columns },
        ),
  );
  if (answer.next !== null) context.output.note(`there are more: add --after ${answer.next}\n`);
};

export const showAward: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const award = await client.call(budgetRoutes.showAward, { params: { number: args.number } });
  const amount = (head: string, of: (period: AwardView["periods"][number]) => string | null) => ({
    head,
    cell: (period: AwardView["periods"][number]) => moneyOrDash(of(period), award.unit),
    align: "right" as const,
  });
  await context.output.show(
    award,
    ({ style, columns }) =>
      renderPairs(
        [
          ["award", `${award.number}  ${award.title}`],
          ["agency", award.agency],
          ["pi", award.pi],
          ["account", award.account],
          ["runs", `${award.starts_on} to ${award.ends_on}, by ${count(award.period_months, "month")}, ${award.carry}`],
          [
            "late costs",
            award.late_account === null
              ? null
              : `${money(award.late, award.unit)} charged to ${award.late_account}; closes out ${award.closeout_days} days after its end`,
          ],
          ["money", `${money(award.released, award.unit)} released, ${money(award.scheduled, award.unit)} scheduled, of ${money(award.total, award.unit)}`],
        ],
        style,
      ) +
      renderTable(
        award.periods,
        [
          { head: "period", cell: (period) => String(period.ordinal), align: "right" },
          { head: "from", cell: (period) => period.starts_on, minimum: 10 },
          { head: "to", cell: (period) => period.ends_on, minimum: 10 },
          amount("spent", (period) => period.spent),
          amount("left", (period) => period.left),
          amount("taken back", (period) => period.lapsed),
        ],
        { style, columns },
      ),
  );
};

function moneyOrDash(amount: string | null, unit: AwardView["unit"]): string {
  return amount === null ? "-" : money(amount, unit);
}

export const updateAward: RunOf<typeof updateTakes> = async (context, { args, flags: { reason, lateAccount, closeoutDays, ...given } }) => {
  const change = Object.fromEntries(
    Object.entries({ ...given, late_account: lateAccount, closeout_days: closeoutDays }).filter(([, value]) => value !== undefined),
  );
  if (Object.keys(change).length === 0)
    throw new Problem("usage.missing", { detail: "nothing to change was given", fix: "Add --total, --pi, --title, --agency or --carry." });
  const client = await context.client();
  const award = await client.call(budgetRoutes.updateAward, { params: { number: args.number }, body: { ...change, reason: reason ?? "terms changed" } });
  await tell(context, award, "changed");
};

export const extendAward: RunOf<typeof extendTakes> = async (context, { args, flags }) => {
  const body = { ends_on: needed("--end", flags.end), approver: needed("--approver", flags.approver), reason: needed("--reason", flags.reason) };
  const client = await context.client();
  const award = await client.call(budgetRoutes.extendAward, { params: { number: args.number }, body });
  await tell(context, award, "moved");
  const { items } = await client.call(budgetRoutes.listCrossing, { params: { number: args.number } });
  if (items.length > 0) context.output.note(`${count(items.length, "reservation")} can go on after that day: headgate budget award crossing ${args.number}\n`);
};

export const setIndirect: RunOf<typeof setIndirectTakes> = async (context, { args, flags }) => {
  if ((flags.rate === undefined) === (flags.exempt === undefined))
    throw new Problem("usage.missing", { detail: "a class has a rate or is exempt", fix: "Add --rate PART or --exempt WORDS, one of them." });
  const body = {
    class: needed("--class", flags.class),
    rate: flags.rate ?? "0",
    exempt: flags.exempt ?? null,
    dated: flags.on ?? today(context),
    agreement: needed("--agreement", flags.agreement),
    approver: needed("--approver", flags.approver),
    reason: flags.reason ?? "indirect rate set",
  };
  const client = await context.client();
  const award = await client.call(budgetRoutes.setIndirect, { params: { number: args.number }, body });
  const words = body.exempt === null ? `adds ${body.rate} of its direct cost` : `is exempt (${body.exempt})`;
  await context.output.show(award, () => `${body.class} of ${award.number} ${words} from ${body.dated} on\n`);
};

export const listCrossing: RunOf<typeof showTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listCrossing, { params: { number: args.number } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? `nothing that is reserved goes on after ${answer.ends_on}\n`
      : renderTable(
          answer.items,
          [
            { head: "for", cell: (one) => one.subject, minimum: 12 },
            { head: "person", cell: (one) => one.person },
            { head: "account", cell: (one) => one.account },
            { head: "reserved", cell: (one) => money(one.reserved, one.unit), align: "right" },
            { head: "until", cell: (one) => localTime(one.until) },
          ],
          { style, columns },
        ),
  );
};

export const scheduleRelease: RunOf<typeof scheduleTakes> = async (context, { args, flags }) => {
  const gate = flags.gate ?? "date";
  const part = {
    amount: needed("--amount", flags.amount),
    gate,
    due_on: gate === "date" ? needed("--on", flags.on) : (flags.on ?? null),
    label: needed("--label", flags.label),
  };
  const client = await context.client();
  const answer = await client.call(budgetRoutes.scheduleReleases, {
    params: { number: args.number },
    body: { releases: [part], reason: flags.reason ?? part.label },
  });
  const last = answer.items.at(-1);
  await context.output.show(answer, () => `part ${last?.ordinal} of ${args.number}: ${money(part.amount, last?.unit ?? "USD")} ${waitsFor(part)}\n`);
};

function waitsFor({ gate, due_on }: Pick<ReleaseView, "gate" | "due_on">): string {
  if (gate === "date") return `on ${due_on}`;
  const words = gate === "report" ? "when its report is accepted" : "when it is approved";
  return due_on === null ? words : `${words}, from ${due_on}`;
}

export const releasePart: RunOf<typeof releaseTakes> = async (context, { args, flags }) => {
  const ordinal = Number(args.part);
  if (!/^\d{1,9}$/.test(args.part))
    throw new Problem("usage.value", { detail: `PART is ${args.part}; it is a whole number`, fix: "headgate budget allocation list shows the parts." });
  const client = await context.client();
  const answer = await client.call(budgetRoutes.releaseAward, {
    params: { number: args.number, ordinal },
    body: { approver: flags.approver ?? null, report: flags.report ?? null },
  });
  await context.output.show(answer, () => `${money(answer.amount, answer.unit)} is released to ${answer.account}: ${answer.words}\n`);
};

export const listReleases: RunOf<typeof releasesTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listReleases, {
    query: {
      ...(args.number === undefined ? {} : { award: args.number }),
      ...(flags.account === undefined ? {} : { account: flags.account }),
      ...(flags.after === undefined ? {} : { cursor: flags.after }),
      limit: flags.limit ?? 100,
    },
  });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? "nothing is scheduled\n"
      : renderTable(
          answer.items,
          [
            { head: "award", cell: (one) => one.award, minimum: 10 },
            { head: "part", cell: (one) => String(one.ordinal), align: "right" },
            { head: "amount", cell: (one) => money(one.amount, one.unit), align: "right" },
            { head: "account", cell: (one) => one.account },
            { head: "state", cell: (one) => (one.released_at === null ? waitsFor(one) : `released ${one.released_at.slice(0, 10)}`) },
            { head: "label", cell: (one) => one.label },
          ],
          { style, columns },
        ),
  );
  if (answer.next !== null) context.output.note(`there are more: add --after ${answer.next}\n`);
};

export const turnAwards: PlainRun = async (context) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.turnAwards, {});
  await context.output.show(answer, () => (answer.done === 0 ? "nothing is due\n" : `${answer.done} done: parts released, periods closed\n`));
};
