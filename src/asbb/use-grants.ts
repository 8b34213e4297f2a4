import { Problem, type Micros, type Person } from "#kernel";
import type { AsbbGrantAsk } from "./contract.ts";
import { asDollars, fromDollars } from "./cost.ts";
import { money, type AsbbContext } from "./use-check.ts";

/** What asbb charged its indirect rate on: everything that jobs cost. */
const CLASS = "compute";

/** asbb's grants and allocations, written: awards and their releases. */
export function openGrants({ budget }: Pick<AsbbContext, "budget">) {
  async function createGrant(person: Person, ask: AsbbGrantAsk, key: string) {
    const facts = {
      program: ask.program,
      co_pis: ask.co_pi,
      institution: ask.institution,
      department: ask.department,
      federal_id: ask.federal_id,
      project: ask.project,
      cost_center: ask.cost_center,
    };
    const award = await budget.createAward(
      person,
      {
        number: ask.grant_number,
        agency: ask.agency,
        title: ask.title ?? ask.grant_number,
        pi: ask.pi,
        total: fromDollars(ask.amount),
        account: ask.account ?? null,
        parent: null,
        unit: "USD",
        startsOn: ask.start_date,
        endsOn: ask.end_date,
        periodMonths: ask.period_months,
        carry: "carry-over",
        lateAccount: null,
        closeoutDays: 120,
        through: false,
        facts: Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      },
      key,
    );
    const rate = ask.indirect_rate === undefined ? null : fromDollars(ask.indirect_rate);
    if (rate !== null) {
      const said = { class: CLASS, rate: Number(rate), exempt: rate === 0n ? "no indirect cost was asked for" : null, dated: ask.start_date };
      await budget.setIndirect(
        person,
        award.number,
        { ...said, agreement: `grant ${award.number}`, approver: person.name },
        "asbb: grant create",
        `${key}:indirect`,
      );
    }
    return {
      grant_number: award.number,
      account: award.account,
      amount: asDollars(money(award.total)),
      start_date: award.starts_on,
      end_date: award.ends_on,
      indirect_rate: rate === null ? null : asDollars(rate),
    };
  }

  async function createAllocation(person: Person, ask: { grant: string; amount: Micros; dueOn: string; label: string }, key: string) {
    const made = await budget.scheduleReleases(
      person,
      ask.grant,
      [{ amount: ask.amount, gate: "date", dueOn: ask.dueOn, label: ask.label }],
      "asbb: allocation",
      key,
    );
    const one = made.items.findLast(({ amount, due_on: dueOn, label }) => money(amount) === ask.amount && dueOn === ask.dueOn && label === ask.label);
    if (one === undefined) throw new Problem("internal", { detail: `nothing was put on the schedule of ${ask.grant}` });
    return {
      id: `${one.award}:${one.ordinal}`,
      grant_number: one.award,
      amount: asDollars(money(one.amount)),
      due_date: one.due_on,
      status: one.released_at === null ? ("pending" as const) : ("completed" as const),
    };
  }

  return { createGrant, createAllocation, processAllocations: () => budget.turnAwards() };
}
