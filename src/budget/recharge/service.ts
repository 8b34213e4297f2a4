import { Problem, type HourlyRate, type Micros, type Person } from "#kernel";
import type { PricedResource } from "#price";
import type { AccountsContext } from "../accounts-service.ts";
import { addDays, dayOf } from "../days.ts";
import { asRefusal } from "../ledger-refusal.ts";
import { rechargeReport, suggestRates, type RechargePolicy, type RechargeReport, type Suggestion } from "./recharge.ts";
import * as store from "./store.ts";

/** All resources have a rate among so many of the newest, or its rate is older than anybody's memory. */
const RATES_LOOKED_AT = 500;

export type RechargeBooks = {
  readonly policy: RechargePolicy;
  readonly report: RechargeReport;
  readonly expected: { readonly nextCost: Micros; readonly volumePercent: number };
  readonly suggestion: Suggestion;
};

/** Internal rates, what the service cost, and whether they break even: decided by administrators. */
export function openRecharge({ db, clock, source }: AccountsContext) {
  const by = (person: Person) => ({ person: person.name, source, now: clock.now() });
  const refused = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => Promise.reject(asRefusal(error) as Error));

  async function setRate(person: Person, ask: store.NewRate, reason: string, key: string): Promise<store.ApprovedRate> {
    const number = await refused(store.setRate(db, ask, key, reason, by(person)));
    const [set] = await store.listRates(db, { resource: null, before: number + 1n, limit: 1 });
    if (set?.number !== number) throw new Problem("internal", { detail: `rate ${number} is not there after it was recorded` });
    return set;
  }

  async function listRates(ask: {
    resource: PricedResource | null;
    before: bigint | null;
    limit: number;
  }): Promise<{ items: store.ApprovedRate[]; next: string | null }> {
    const found = await store.listRates(db, { ...ask, limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    return { items, next: found.length > ask.limit ? String(items.at(-1)?.number) : null };
  }

  async function setRecharge(person: Person, ask: RechargePolicy & { approver: string }, reason: string, key: string) {
    await refused(store.setRecharge(db, ask, key, reason, by(person)));
    return showRecharge();
  }

  async function showRecharge() {
    const policy = await store.loadPolicy(db);
    if (policy === null) throw new Problem("recharge.unset", { detail: "nobody has said from which day costs and charges are compared" });
    return policy;
  }

  async function recordCost(person: Person, ask: store.NewCost, reason: string, key: string): Promise<store.Cost> {
    return costOf(await refused(store.recordCost(db, ask, key, reason, by(person))));
  }

  async function reverseCost(person: Person, number: bigint, reason: string, key: string): Promise<store.Cost> {
    return costOf(await refused(store.reverseCost(db, number, key, reason, by(person))));
  }

  async function costOf(number: bigint): Promise<store.Cost> {
    const [cost] = await store.listCosts(db, { after: number - 1n, limit: 1 });
    if (cost?.number !== number) throw new Problem("internal", { detail: `cost ${number} is not there after it was recorded` });
    return cost;
  }

  async function listCosts(ask: { after: bigint; limit: number }): Promise<{ items: store.Cost[]; next: string | null }> {
    const found = await store.listCosts(db, { ...ask, limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    return { items, next: found.length > ask.limit ? String(items.at(-1)?.number) : null };
  }

  /** `to` is the last day; both days default to the time since the comparison began. */
  async function reportRecharge(ask: {
    from: string | undefined;
    to: string | undefined;
    nextCost: Micros | undefined;
    volumePercent: number;
  }): Promise<RechargeBooks> {
    const policy = await showRecharge();
    const today = dayOf(clock.now());
    const span = { from: ask.from ?? policy.since, before: addDays(ask.to ?? today, 1) };
    if (span.from < policy.since)
      throw new Problem("input.invalid", { detail: `from ${span.from}: costs and charges are compared from ${policy.since} on`, facts: { from: span.from } });
    if (span.before <= span.from)
      throw new Problem("input.invalid", { detail: `the report would end before it begins (${span.from})`, facts: { from: span.from } });
    const { recovered, costs } = await store.loadRecovery(db, { from: policy.since, before: span.before });
    const report = rechargeReport(policy, recovered, costs, span);
    const expected = { nextCost: ask.nextCost ?? report.cost, volumePercent: ask.volumePercent };
    return { policy, report, expected, suggestion: suggestRates(report, await ratesNow(today), expected) };
  }

  async function ratesNow(today: string): Promise<Map<PricedResource, HourlyRate>> {
    const newest = await store.listRates(db, { resource: null, before: null, limit: RATES_LOOKED_AT });
    const found = new Map<PricedResource, { rate: HourlyRate; dated: string }>();
    for (const { resource, rate, dated } of newest.toReversed()) {
      if (dated <= today && dated >= (found.get(resource)?.dated ?? "")) found.set(resource, { rate, dated });
    }
    return new Map([...found].map(([resource, { rate }]) => [resource, rate]));
  }

  return { setRate, listRates, setRecharge, showRecharge, recordCost, reverseCost, listCosts, reportRecharge };
}
