import { budgetRoutes, type RechargeReportView } from "#budget/contract";
import type { RunOf } from "../command.ts";
import { localTime, money } from "../format.ts";
import { needed } from "../needed.ts";
import { noteMore } from "../pages.ts";
import { renderPairs, renderTable } from "../table.ts";
import { today } from "../time-flag.ts";
import type { listCostsTakes, listRatesTakes, recordTakes, reportTakes, reverseTakes, setRateTakes, setRechargeTakes } from "./budget-rate.ts";

/*
 * With -o json set, record and reverse give what they wrote, lists `{ items, next }`, report the whole report.
 */

const dollars = (amount: string): string => money(amount, "USD");
const PER_HOUR = { "core": "core-hour", "memory-gib": "GiB-hour", "gpu": "GPU-hour" } as const;

export const setRate: RunOf<typeof setRateTakes> = async (context, { args, flags }) => {
  const body = {
    resource: args.resource as keyof typeof PER_HOUR,
    rate: needed("--rate", flags.rate),
    free: flags.free ?? null,
    dated: flags.from ?? today(context),
    source: needed("--source", flags.source),
    approver: needed("--approver", flags.approver),
    agreement: flags.agreement ?? null,
    reason: flags.reason ?? "approved rate",
  };
  const client = await context.client();
  const rate = await client.call(budgetRoutes.setRate, { body });
  await context.output.show(rate, () => `$${rate.rate} for a ${PER_HOUR[rate.resource]} from ${rate.dated} on, approved by ${rate.approver}\n`);
};

export const listRates: RunOf<typeof listRatesTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listRates, { query: { resource: flags.resource, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "for a", cell: (one) => PER_HOUR[one.resource] },
            { head: "rate", cell: (one) => (one.free === null ? `$${one.rate}` : "free"), align: "right" },
            { head: "from", cell: (one) => one.dated },
            { head: "source", cell: (one) => one.free ?? one.source, minimum: 8 },
            { head: "approved by", cell: (one) => one.approver ?? "nobody: the file of the laboratory", minimum: 8 },
            { head: "agreement", cell: (one) => one.agreement ?? "", minimum: 8 },
            { head: "recorded", cell: (one) => localTime(one.recorded_at) },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("No rate is recorded: headgate budget rate set\n");
  noteMore(context.output, answer.next);
};

export const setRecharge: RunOf<typeof setRechargeTakes> = async (context, { flags }) => {
  const body = {
    since: needed("--since", flags.since),
    opening: flags.opening ?? "0",
    band_days: needed("--band-days", flags.bandDays),
    approver: needed("--approver", flags.approver),
    reason: flags.reason ?? "recharging",
  };
  const client = await context.client();
  const policy = await client.call(budgetRoutes.setRecharge, { body });
  await context.output.show(
    policy,
    () =>
      `Costs and charges are compared from ${policy.since} on, with ${dollars(policy.opening)} carried into it; ${policy.band_days} days of cost may be carried forward.\n`,
  );
};

export const recordCost: RunOf<typeof recordTakes> = async (context, { flags }) => {
  const body = {
    amount: needed("--amount", flags.amount),
    from: needed("--from", flags.from),
    to: needed("--to", flags.to),
    category: needed("--category", flags.category),
    document: needed("--document", flags.document),
    reason: flags.reason ?? "cost of the service",
  };
  const client = await context.client();
  const cost = await client.call(budgetRoutes.recordCost, { body });
  await context.output.show(cost, () => `cost ${cost.number}: ${dollars(cost.amount)} for ${cost.from} to ${cost.to} (${cost.category})\n`);
};

export const reverseCost: RunOf<typeof reverseTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const body = { reason: needed("--reason", flags.reason) };
  const cost = await client.call(budgetRoutes.reverseCost, { params: { number: args.number }, body });
  await context.output.show(cost, () => `cost ${cost.reverses} of ${dollars(cost.amount)} counts no more; its reversal is cost ${cost.number}\n`);
};

export const listCosts: RunOf<typeof listCostsTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(budgetRoutes.listCosts, { query: { limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "cost", cell: (one) => one.number, align: "right" },
            { head: "from", cell: (one) => one.from },
            { head: "to", cell: (one) => one.to },
            { head: "amount", cell: (one) => dollars(one.reverses === null ? one.amount : `-${one.amount}`), align: "right" },
            { head: "category", cell: (one) => one.category, minimum: 8 },
            { head: "document", cell: (one) => one.document, minimum: 8 },
            {
              head: "",
              cell: (one) => (one.reverses === null ? (one.reversed_by === null ? "" : `taken back by ${one.reversed_by}`) : `takes back ${one.reverses}`),
            },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("No cost is recorded: headgate budget recharge record\n");
  noteMore(context.output, answer.next);
};

function verdictWords({ verdict, carried_forward: carried, band, policy }: RechargeReportView): string {
  const amount = dollars(carried.replace("-", ""));
  const allowed = `${dollars(band)} (${policy.band_days} days of cost)`;
  if (verdict === "over") return `Over-recovered: ${amount} is carried forward, more than the ${allowed} that may be. Rates must fall.`;
  if (verdict === "under") return `Under-recovered: ${amount} is missing, more than ${allowed}. Rates must rise, or somebody has to pay for it.`;
  return `Within the band: ${carried.startsWith("-") ? `${amount} is missing` : `${amount} is carried forward`}, and ${allowed} may be.`;
}

function suggestionWords({ suggestion, expected }: RechargeReportView): string {
  if (suggestion.kind === "none") return `No other rates are suggested: ${suggestion.reason}.\n`;
  const factor = `${dollars(suggestion.to_recover)} to recover / ${dollars(suggestion.at_rates_of_now)} at the rates of now`;
  const rates = suggestion.rates.map(({ resource, now, to }) => `  ${PER_HOUR[resource]}  $${now} -> $${to}\n`).join("");
  return `To break even at a cost of ${dollars(expected.next_cost)} and ${expected.volume_percent} % of the hours, each rate x ${factor}:\n${rates}`;
}

export const reportRecharge: RunOf<typeof reportTakes> = async (context, { flags }) => {
  const client = await context.client();
  const query = { from: flags.from, to: flags.to, next_cost: flags.nextCost, volume_percent: flags.volume ?? 100 };
  const report = await client.call(budgetRoutes.reportRecharge, { query });
  await context.output.show(
    report,
    ({ style }) =>
      `${style.bold(verdictWords(report))}\n${report.from} to ${report.to} (${report.days} days, UTC)\n${renderPairs(
        [
          ["brought forward", dollars(report.brought_forward)],
          ["recovered", dollars(report.recovered)],
          ...report.by_resource.map(({ resource, hours, recovered }) => [`  ${PER_HOUR[resource]}s`, `${dollars(recovered)} for ${hours}`] as const),
          ["cost", dollars(report.cost)],
          ...report.by_category.map(({ category, cost }) => [`  ${category}`, dollars(cost)] as const),
          ["difference", dollars(report.difference)],
          ["carried forward", dollars(report.carried_forward)],
        ],
        style,
        "  ",
      )}${suggestionWords(report)}`,
  );
};
