import { Problem, isProblemCode, micros, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { addDays, dayOf, endOfMonth, startOfDay } from "../days.ts";
import { asRefusal } from "../ledger-refusal.ts";
import type { Overhead, OverheadUsage } from "./overhead.ts";
import * as store from "./store.ts";

export type OverheadContext = AccountsContext & { readonly people: AccountPeople };

/** The overhead accounts of clusters as people see them and administrators set and charge them. */
export function openOverhead(context: OverheadContext, accounts: Accounts) {
  const { db, clock, source, people } = context;

  async function found(person: Person, cluster: string): Promise<Overhead> {
    const visible = await accounts.visible(await people.viewer(person));
    const [overhead] = await store.listOverhead(db, { accounts: visible, cluster, after: "", limit: 1 });
    if (overhead === undefined) throw new Problem("budget.overhead-unset", { detail: `cluster ${cluster} has no overhead account`, facts: { cluster } });
    return overhead;
  }

  async function setOverhead(person: Person, ask: store.OverheadAsk, reason: string, key: string): Promise<Overhead> {
    try {
      await store.setOverhead(db, ask, key, reason, { person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
    return found(person, ask.cluster);
  }

  async function listOverhead(person: Person, ask: { cursor?: string | undefined; limit: number }): Promise<{ items: Overhead[]; next: string | null }> {
    const list = await store.listOverhead(db, {
      accounts: await accounts.visible(await people.viewer(person)),
      cluster: null,
      after: ask.cursor ?? "",
      limit: ask.limit + 1,
    });
    const items = list.slice(0, ask.limit);
    return { items, next: list.length > ask.limit ? (items.at(-1)?.cluster ?? null) : null };
  }

  /** With what the month that it is came to so far, also beyond now: a charge may be dated ahead. */
  async function showOverhead(person: Person, cluster: string): Promise<{ overhead: Overhead; month: string; usage: OverheadUsage[] }> {
    const overhead = await found(person, cluster);
    const month = `${dayOf(clock.now()).slice(0, 7)}-01`;
    const before = startOfDay(addDays(endOfMonth(month), 1));
    const visible = await accounts.visible(await people.viewer(person));
    return { overhead, month, usage: await store.overheadUsage(db, { cluster, from: startOfDay(month), before, accounts: visible }) };
  }

  async function chargeOverhead(
    person: Person,
    ask: Omit<store.OverheadCharge, "at"> & { readonly at: Instant | undefined },
    key: string,
  ): Promise<{ number: bigint; charged: Micros; overrun: Micros; replayed: boolean; account: string; unit: MoneyUnit }> {
    const now = clock.now();
    const row = await store
      .chargeOverhead(db, { ...ask, at: ask.at ?? now }, `http:${key}`, { person: person.name, source, now })
      .catch((error: unknown) => Promise.reject(asRefusal(error) as Error));
    if (row.code === null && row.account !== null && row.unit !== null)
      return { number: row.number, charged: micros(row.charged), overrun: micros(row.overrun), replayed: row.replayed, account: row.account, unit: row.unit };
    throw new Problem(row.code !== null && isProblemCode(row.code) ? row.code : "internal", {
      detail: `nothing was charged to the overhead of ${ask.cluster}`,
      facts: { cluster: ask.cluster },
    });
  }

  return { setOverhead, listOverhead, showOverhead, chargeOverhead };
}
