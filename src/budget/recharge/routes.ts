import { instantToIso, invariant, micros, microsToDecimal, parseHourlyRate, rateToDecimal, type Handlers } from "#kernel";
import { addDays } from "../days.ts";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount } from "../wire-values.ts";
import type { rechargeRoutes, RateView, RechargeReportView, ServiceCostView } from "./contract.ts";
import type { RechargeBooks } from "./service.ts";
import type { ApprovedRate, Cost } from "./store.ts";

export function rechargeHandlers(budget: BudgetService): Handlers<typeof rechargeRoutes> {
  return {
    listRates: async ({ query }) => {
      const { items, next } = await budget.listRates({
        resource: query.resource ?? null,
        before: query.cursor === undefined ? null : BigInt(query.cursor),
        limit: query.limit,
      });
      return { items: items.map(rateToWire), next };
    },
    setRate: async ({ person, body: { reason, rate: text, ...ask }, idempotencyKey }) => {
      const rate = parseHourlyRate(text);
      invariant(rate !== undefined, "the contract lets only rates through");
      return rateToWire(await budget.setRate(person, { ...ask, rate }, reason, `http:${idempotencyKey}`));
    },
    showRecharge: async () => policyToWire(await budget.showRecharge()),
    setRecharge: async ({ person, body, idempotencyKey }) =>
      policyToWire(
        await budget.setRecharge(
          person,
          { since: body.since, opening: wireAmount(body.opening), bandDays: body.band_days, approver: body.approver },
          body.reason,
          `http:${idempotencyKey}`,
        ),
      ),
    listCosts: async ({ query }) => {
      const { items, next } = await budget.listCosts({ after: BigInt(query.cursor ?? "0"), limit: query.limit });
      return { items: items.map(costToWire), next };
    },
    recordCost: async ({ person, body, idempotencyKey }) =>
      costToWire(
        await budget.recordCost(
          person,
          { fromDay: body.from, toDay: body.to, amount: wireAmount(body.amount), category: body.category, document: body.document },
          body.reason,
          `http:${idempotencyKey}`,
        ),
      ),
    reverseCost: async ({ person, params, body, idempotencyKey }) =>
      costToWire(await budget.reverseCost(person, BigInt(params.number), body.reason, `http:${idempotencyKey}`)),
    reportRecharge: async ({ query }) =>
      reportToWire(
        await budget.reportRecharge({
          from: query.from,
          to: query.to,
          nextCost: query.next_cost === undefined ? undefined : wireAmount(query.next_cost),
          volumePercent: query.volume_percent,
        }),
      ),
  };
}

function rateToWire({ number, rate, recordedBy, recordedAt, ...one }: ApprovedRate): RateView {
  return { ...one, number: String(number), rate: rateToDecimal(rate), person: recordedBy, recorded_at: instantToIso(recordedAt) };
}

function policyToWire(policy: Awaited<ReturnType<BudgetService["showRecharge"]>>) {
  return {
    since: policy.since,
    opening: microsToDecimal(policy.opening),
    band_days: policy.bandDays,
    approver: policy.approver,
    person: policy.person,
    recorded_at: instantToIso(policy.recordedAt),
  };
}

function costToWire(cost: Cost): ServiceCostView {
  return {
    number: String(cost.number),
    from: cost.fromDay,
    to: cost.toDay,
    amount: microsToDecimal(cost.amount),
    category: cost.category,
    document: cost.document,
    reverses: cost.reverses === null ? null : String(cost.reverses),
    reversed_by: cost.reversedBy === null ? null : String(cost.reversedBy),
    person: cost.person,
    recorded_at: instantToIso(cost.recordedAt),
  };
}

function reportToWire({ policy, report, expected, suggestion }: RechargeBooks): RechargeReportView {
  return {
    from: report.span.from,
    to: addDays(report.span.before, -1),
    days: report.days,
    policy: { since: policy.since, opening: microsToDecimal(policy.opening), band_days: policy.bandDays },
    brought_forward: microsToDecimal(report.broughtForward),
    recovered: microsToDecimal(report.recovered),
    cost: microsToDecimal(report.cost),
    difference: microsToDecimal(report.difference),
    carried_forward: microsToDecimal(report.carriedForward),
    band: microsToDecimal(report.band),
    verdict: report.verdict,
    by_resource: report.byResource.map(({ resource, milliHours, recovered }) => ({
      resource,
      // Thousandths of an hour, written as hours.
      hours: microsToDecimal(micros(milliHours * 1000n)),
      recovered: microsToDecimal(recovered),
    })),
    by_category: report.byCategory.map(({ category, cost }) => ({ category, cost: microsToDecimal(cost) })),
    expected: { next_cost: microsToDecimal(expected.nextCost), volume_percent: expected.volumePercent },
    suggestion:
      suggestion.kind === "none"
        ? suggestion
        : {
            kind: "rates",
            to_recover: microsToDecimal(suggestion.toRecover),
            at_rates_of_now: microsToDecimal(suggestion.atRatesOfNow),
            rates: suggestion.rates.map(({ resource, now, to }) => ({ resource, now: rateToDecimal(now), to: rateToDecimal(to) })),
          },
  };
}
