import { instantToIso, micros, microsToDecimal, Problem, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { Author } from "../account-store.ts";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import {
  accountNameOf,
  type Award,
  type AwardChange,
  type AwardTerms,
  type BudgetPeriod,
  type Crossing,
  type IndirectRate,
  type PlannedRelease,
  type Release,
} from "./award.ts";
import type { AwardSummary, AwardView, ReleaseView } from "../contract.ts";
import * as store from "./store.ts";

export type AwardsContext = AccountsContext & { readonly people: AccountPeople };

const CROSSING_MAX = 500;

/** Awards as administrators keep them and as people of their accounts see them. */
export function openAwards(context: AwardsContext, accounts: Accounts) {
  const { db, clock, source, people } = context;

  async function written<T>(person: Person, work: (by: Author) => Promise<T>): Promise<T> {
    try {
      return await work({ person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** Throws `budget.award-unknown`, also when the account is none that the person may see. */
  async function visibleAward(person: Person, number: string): Promise<Award> {
    const viewer = await people.viewer(person);
    const [award] = await store.listAwards(db, { accounts: await accounts.visible(viewer), number, after: "", limit: 1, on: null });
    if (award === undefined) throw new Problem("budget.award-unknown", { detail: `there is no award ${number}`, facts: { award: number } });
    return award;
  }

  async function showAward(person: Person, number: string): Promise<AwardView> {
    const award = await visibleAward(person, number);
    const [periods, indirect] = await Promise.all([store.periodsOf(db, number), store.indirectRates(db, number)]);
    return { ...summary(award), periods: periods.map(periodToWire), indirect: indirect.map(indirectToWire) };
  }

  async function listAwards(person: Person, ask: { active_on?: string | undefined; cursor?: string | undefined; limit: number }) {
    const visible = await accounts.visible(await people.viewer(person));
    const found = await store.listAwards(db, { accounts: visible, number: null, after: ask.cursor ?? "", limit: ask.limit + 1, on: ask.active_on ?? null });
    const items = found.slice(0, ask.limit);
    return { items: items.map(summary), next: found.length > ask.limit ? (items.at(-1)?.number ?? null) : null };
  }

  /** Opens the account too, when none is named: under keys of the same request, so that a retry takes up what a crash left. */
  async function createAward(
    person: Person,
    ask: AwardTerms & { number: string; account: string | null; parent: string | null; unit: MoneyUnit },
    key: string,
  ): Promise<AwardView> {
    const account = ask.account ?? accountNameOf(ask.number);
    if (ask.account === null) {
      const opened = {
        name: account,
        title: ask.title,
        kind: "project",
        parent: ask.parent,
        unit: ask.unit,
        allocated: ZERO_MICROS,
        startsAt: null,
        endsAt: null,
      };
      await accounts.create({ ...opened, kind: "project" }, person.name, `${key}:account`);
    }
    await written(person, (by) => store.createAward(db, { ...ask, account }, { key, approver: null, reason: `award ${ask.number} recorded` }, by));
    return showAward(person, ask.number);
  }

  async function updateAward(person: Person, number: string, change: AwardChange, reason: string, key: string): Promise<AwardView> {
    await written(person, (by) => store.changeAward(db, number, change, { key, approver: null, reason }, by));
    return showAward(person, number);
  }

  async function extendAward(person: Person, number: string, ask: { endsOn: string; reason: string; approver: string }, key: string): Promise<AwardView> {
    await written(person, (by) => store.changeAward(db, number, { endsOn: ask.endsOn }, { key, approver: ask.approver, reason: ask.reason }, by));
    return showAward(person, number);
  }

  async function setIndirect(person: Person, number: string, rate: IndirectRate, reason: string, key: string): Promise<AwardView> {
    await written(person, (by) => store.setIndirect(db, number, rate, { key, reason }, by));
    return showAward(person, number);
  }

  async function listCrossing(person: Person, number: string) {
    const award = await visibleAward(person, number);
    return { ends_on: award.endsOn, items: (await store.crossingOf(db, number, CROSSING_MAX)).map(crossingToWire) };
  }

  async function listReleases(
    person: Person,
    ask: { award?: string | undefined; account?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: ReleaseView[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    if (ask.award !== undefined) await visibleAward(person, ask.award);
    const names = ask.account === undefined ? await accounts.visible(viewer) : [ask.account];
    const [award = "", ordinal = "0"] = ask.cursor?.split(":") ?? [];
    const found = await store.listReleases(db, { accounts: names, award: ask.award ?? null, after: { award, ordinal: Number(ordinal) }, limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    const last = items.at(-1);
    return { items: items.map(releaseToWire), next: found.length > ask.limit && last !== undefined ? `${last.award}:${last.ordinal}` : null };
  }

  async function scheduleReleases(
    person: Person,
    number: string,
    releases: readonly PlannedRelease[],
    reason: string,
    key: string,
  ): Promise<{ items: ReleaseView[] }> {
    await written(person, (by) => store.scheduleReleases(db, { key, award: number, releases, reason }, by));
    return {
      items: (await store.listReleases(db, { accounts: null, award: number, after: { award: "", ordinal: 0 }, limit: CROSSING_MAX })).map(releaseToWire),
    };
  }

  async function releaseAward(person: Person, ask: { award: string; ordinal: number; approver: string | null; report: string | null }): Promise<ReleaseView> {
    await written(person, (by) => store.releaseAward(db, ask, by));
    const [release] = await store.listReleases(db, { accounts: null, award: ask.award, after: { award: ask.award, ordinal: ask.ordinal - 1 }, limit: 1 });
    if (release === undefined) throw new Problem("internal", { detail: `release ${ask.ordinal} of ${ask.award} is not there after it was released` });
    return releaseToWire(release);
  }

  return {
    listAwards,
    showAward,
    createAward,
    updateAward,
    extendAward,
    setIndirect,
    listCrossing,
    listReleases,
    scheduleReleases,
    releaseAward,
    turnAwards: async () => ({ done: await turnAwards(context) }),
  };
}

/**
 * Does what the calendar asks of every award: releases what is due and closes periods that are over, also those of long ago. Any number of processes may do it
 * at once; each part and each period is done once. Gives how much was done.
 */
export async function turnAwards({ db, clock, source }: AccountsContext): Promise<number> {
  const now = clock.now();
  let count = 0;
  for (const award of await store.awardsDue(db, now)) count += await store.turnAward(db, award, source, now);
  return count;
}

function summary({ startsOn, endsOn, periodMonths, lateAccount, closeoutDays, ...award }: Award): AwardSummary {
  return {
    ...award,
    total: microsToDecimal(award.total),
    starts_on: startsOn,
    ends_on: endsOn,
    period_months: periodMonths,
    late_account: lateAccount,
    closeout_days: closeoutDays,
    late: microsToDecimal(award.late),
    scheduled: microsToDecimal(award.scheduled),
    released: microsToDecimal(award.released),
  };
}

function periodToWire(period: BudgetPeriod): AwardView["periods"][number] {
  return {
    ordinal: period.ordinal,
    starts_on: period.startsOn,
    ends_on: period.endsOn,
    spent: microsToDecimal(period.spent),
    left: decimalOrNull(period.left),
    lapsed: decimalOrNull(period.lapsed),
  };
}

function indirectToWire(rate: IndirectRate): AwardView["indirect"][number] {
  return { ...rate, rate: microsToDecimal(micros(BigInt(rate.rate))) };
}

function decimalOrNull(amount: Micros | null): string | null {
  return amount === null ? null : microsToDecimal(amount);
}

function releaseToWire({ dueOn, released, ...release }: Release): ReleaseView {
  return {
    ...release,
    amount: microsToDecimal(release.amount),
    due_on: dueOn,
    released_at: isoOrNull(released?.at ?? null),
    released_by: released?.by ?? null,
    transaction: released === null ? null : String(released.transaction),
    words: released?.words ?? null,
  };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}

function crossingToWire({ id, remaining, until, ...crossing }: Crossing) {
  return { ...crossing, hold_id: id, reserved: microsToDecimal(remaining), until: instantToIso(until) };
}
