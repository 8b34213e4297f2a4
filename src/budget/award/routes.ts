import type { Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import { wireAmount } from "../wire-values.ts";
import type { AwardChange, AwardFacts } from "./award.ts";
import type { awardRoutes } from "./contract.ts";

export function awardHandlers(budget: BudgetService): Handlers<typeof awardRoutes> {
  return {
    listAwards: ({ person, query }) => budget.listAwards(person, query),
    showAward: ({ person, params }) => budget.showAward(person, params.number),
    createAward: ({ person, body, idempotencyKey }) => {
      const {
        starts_on: startsOn,
        ends_on: endsOn,
        period_months: periodMonths,
        late_account: lateAccount,
        closeout_days: closeoutDays,
        facts,
        ...rest
      } = body;
      const ask = { ...rest, startsOn, endsOn, periodMonths, lateAccount, closeoutDays, total: wireAmount(body.total), facts: said(facts) };
      return budget.createAward(person, ask, `http:${idempotencyKey}`);
    },
    updateAward: ({ person, params, body: { reason, total, facts, late_account: lateAccount, closeout_days: closeoutDays, ...rest }, idempotencyKey }) => {
      const change = {
        ...rest,
        lateAccount,
        closeoutDays,
        total: total === undefined ? undefined : wireAmount(total),
        facts: facts === undefined ? undefined : said(facts),
      };
      return budget.updateAward(person, params.number, only(change), reason, `http:${idempotencyKey}`);
    },
    extendAward: ({ person, params, body, idempotencyKey }) =>
      budget.extendAward(person, params.number, { endsOn: body.ends_on, reason: body.reason, approver: body.approver }, `http:${idempotencyKey}`),
    setIndirect: ({ person, params, body: { reason, ...body }, idempotencyKey }) =>
      budget.setIndirect(person, params.number, { ...body, rate: Number(wireAmount(body.rate)) }, reason, `http:${idempotencyKey}`),
    listCrossing: ({ person, params }) => budget.listCrossing(person, params.number),
    listReleases: ({ person, query }) => budget.listReleases(person, query),
    scheduleReleases: ({ person, params, body, idempotencyKey }) => {
      const releases = body.releases.map((one) => ({ amount: wireAmount(one.amount), gate: one.gate, dueOn: one.due_on, label: one.label }));
      return budget.scheduleReleases(person, params.number, releases, body.reason, `http:${idempotencyKey}`);
    },
    releaseAward: ({ person, params, body }) => budget.releaseAward(person, { award: params.number, ordinal: params.ordinal, ...body }),
    turnAwards: () => budget.turnAwards(),
  };
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** What was given of an optional whole. */
function only(change: Loose<Required<AwardChange>> | Loose<AwardChange>): AwardChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function said(facts: Readonly<Record<string, string | undefined>>): AwardFacts {
  return Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
