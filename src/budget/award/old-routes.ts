import { Problem, type Handlers } from "#kernel";
import type { BudgetService } from "../budget-service.ts";
import type { AwardSummary, ReleaseView } from "../contract.ts";
import type { GrantSummary, oldAwardRoutes, OldAllocation } from "./old-contract.ts";

export function oldAwardHandlers(budget: BudgetService): Handlers<typeof oldAwardRoutes> {
  return {
    listGrants: async ({ person, query }) => {
      const { items, next } = await budget.listAwards(person, query);
      return { items: items.map(asGrant), next };
    },
    showGrant: async ({ person, params }) => {
      const award = await budget.showAward(person, params.number);
      return { ...asGrant(award), indirect: award.indirect };
    },
    listGrantPeriods: async ({ person, params }) => {
      const { periods } = await budget.showAward(person, params.number);
      const items = periods.map((period) => ({
        period_number: period.ordinal,
        start_date: period.starts_on,
        end_date: period.ends_on,
        spent: period.spent,
        left: period.left,
        lapsed: period.lapsed,
        status: period.left === null ? ("open" as const) : ("closed" as const),
      }));
      return { items };
    },
    listOldAllocations: async ({ person, query }) => {
      const { items, next } = await budget.listReleases(person, query);
      return { items: items.map(asAllocation), next };
    },
    showOldAllocation: async ({ person, params: { id } }) => {
      const [award = "", ordinal = ""] = id.split(":");
      const { items } = await budget.listReleases(person, { award, cursor: `${award}:${Number(ordinal) - 1}`, limit: 1 });
      const [found] = items;
      if (found?.ordinal !== Number(ordinal))
        throw new Problem("budget.award-unknown", { detail: `award ${award} has no part ${ordinal}`, facts: { award, ordinal: Number(ordinal) } });
      return asAllocation(found);
    },
  };
}

function asGrant(award: AwardSummary): GrantSummary {
  const { facts } = award;
  return {
    grant_number: award.number,
    title: award.title,
    agency: award.agency,
    program: facts.program ?? null,
    pi: award.pi,
    co_pi: facts.co_pis ?? null,
    institution: facts.institution ?? null,
    department: facts.department ?? null,
    federal_id: facts.federal_id ?? null,
    project: facts.project ?? null,
    cost_center: facts.cost_center ?? null,
    account: award.account,
    unit: award.unit,
    amount: award.total,
    allocated: award.released,
    start_date: award.starts_on,
    end_date: award.ends_on,
    period_months: award.period_months,
  };
}

function asAllocation(release: ReleaseView): OldAllocation {
  return {
    id: `${release.award}:${release.ordinal}`,
    grant_number: release.award,
    account: release.account,
    unit: release.unit,
    amount: release.amount,
    description: release.label,
    gate: release.gate,
    due_date: release.due_on,
    status: release.released_at === null ? "pending" : "completed",
    completed_at: release.released_at,
    transaction_id: release.transaction,
  };
}
