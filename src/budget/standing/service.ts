import { Problem, type Person } from "#kernel";
import type { Author } from "../account-store.ts";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import type { Ledger } from "../ledger-types.ts";
import { accrueStanding } from "./accrual-service.ts";
import { dayOf } from "../days.ts";
import type { StandingCost } from "./standing.ts";
import * as store from "./store.ts";

export type StandingContext = AccountsContext & { readonly people: AccountPeople; readonly ledger: Ledger };

/** Standing costs as people see and change them; what is added or ended is charged and reserved at once as far as it is due. */
export function openStanding(context: StandingContext, accounts: Accounts) {
  const { db, clock, source, people } = context;

  async function written(person: Person, name: string, work: (by: Author) => Promise<unknown>): Promise<void> {
    try {
      await work({ person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
    await accrueStanding(context, name);
  }

  async function showStanding(person: Person, name: string): Promise<StandingCost> {
    const visible = await accounts.visible(await people.viewer(person));
    const [cost] = await store.listStanding(db, { accounts: visible, name, on: null, after: "", limit: 1 });
    if (cost === undefined) throw new Problem("budget.standing-unknown", { detail: `there is no standing cost ${name}`, facts: { name } });
    return cost;
  }

  async function addStanding(person: Person, cost: store.NewStandingCost, reason: string, key: string): Promise<StandingCost> {
    if (cost.perDay === 0n) throw new Problem("budget.amount-invalid", { detail: "what costs nothing a day is no standing cost", facts: { field: "per_day" } });
    if (cost.endsOn !== null && cost.endsOn < cost.startsOn)
      throw new Problem("value.range", { detail: `ends_on: ${cost.endsOn} is before the first day, ${cost.startsOn}`, facts: { field: "ends_on" } });
    await written(person, cost.name, (by) => store.addStanding(db, cost, key, reason, by));
    return showStanding(person, cost.name);
  }

  async function endStanding(person: Person, ask: { name: string; endsOn: string; reason: string }, key: string): Promise<StandingCost> {
    await written(person, ask.name, (by) => store.endStanding(db, ask.name, ask.endsOn, key, ask.reason, by));
    return showStanding(person, ask.name);
  }

  async function listStanding(
    person: Person,
    ask: { account?: string | undefined; all: boolean; cursor?: string | undefined; limit: number },
  ): Promise<{ items: StandingCost[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const costs = await store.listStanding(db, {
      accounts: ask.account === undefined ? await accounts.visible(viewer) : [ask.account],
      name: null,
      on: ask.all ? null : dayOf(clock.now()),
      after: ask.cursor ?? "",
      limit: ask.limit + 1,
    });
    const items = costs.slice(0, ask.limit);
    return { items, next: costs.length > ask.limit ? items.at(-1)!.name : null };
  }

  return { addStanding, endStanding, showStanding, listStanding, accrueStanding: () => accrueStanding(context) };
}
