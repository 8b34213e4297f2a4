import { Problem, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import * as store from "./store.ts";

/** A rate that was just recorded is among the newest of its account. */
const NEWEST = 100;

/** What service units are worth, as administrators record it and as people of the accounts see it. */
export function openSuRates({ db, clock, source, people }: AccountsContext & { readonly people: AccountPeople }, accounts: Accounts) {
  /** Throws `budget.unit-mismatch` for an account that is kept in dollars. */
  async function setSuRate(person: Person, ask: store.NewSuRate, reason: string, key: string): Promise<store.SuRate> {
    try {
      await store.setSuRate(db, ask, key, reason, { person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
    const newest = await store.listSuRates(db, { accounts: [ask.account], after: { account: "", ordinal: 0 }, limit: NEWEST });
    const set = newest.find((one) => one.rate === ask.rate && one.dated === ask.dated && one.source === ask.source && one.approver === ask.approver);
    if (set === undefined) throw new Problem("internal", { detail: `the rate of ${ask.account} is not there after it was recorded` });
    return set;
  }

  async function listSuRates(
    person: Person,
    ask: { account?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: store.SuRate[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const names = ask.account === undefined ? await accounts.visible(viewer) : await accounts.pathOf(ask.account);
    const [account = "", ordinal = "0"] = ask.cursor?.split(":") ?? [];
    const found = await store.listSuRates(db, { accounts: names, after: { account, ordinal: Number(ordinal) }, limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    const last = items.at(-1);
    return { items, next: found.length > ask.limit && last !== undefined ? `${last.account}:${last.ordinal}` : null };
  }

  return { setSuRate, listSuRates };
}
