import { Problem, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import type { RefundRule } from "./refund.ts";
import * as store from "./store.ts";

/** A rule that was just set is among the newest of its account. */
const NEWEST = 100;

/** What is given back by how work ends, as administrators decide it and as people of the accounts see it. */
export function openRefundPolicy({ db, clock, source, people }: AccountsContext & { readonly people: AccountPeople }, accounts: Accounts) {
  async function setRefundRule(person: Person, rule: store.NewRefundRule, reason: string, key: string): Promise<RefundRule> {
    try {
      await store.setRefundRule(db, rule, key, reason, { person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
    const newest = await store.listRefundRules(db, { accounts: [rule.account], all: true, after: { account: "", ordinal: 0 }, limit: NEWEST });
    const set = newest.find((one) => one.state === rule.state && one.share === rule.share);
    if (set === undefined) throw new Problem("internal", { detail: `the refund rule of ${rule.account} is not there after it was set` });
    return set;
  }

  async function listRefundRules(
    person: Person,
    ask: { account?: string | undefined; all: boolean; cursor?: string | undefined; limit: number },
  ): Promise<{ items: RefundRule[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const names = ask.account === undefined ? await accounts.visible(viewer) : await accounts.pathOf(ask.account);
    const [account = "", ordinal = "0"] = ask.cursor?.split(":") ?? [];
    const found = await store.listRefundRules(db, { accounts: names, all: ask.all, after: { account, ordinal: Number(ordinal) }, limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    const last = items.at(-1);
    return { items, next: found.length > ask.limit && last !== undefined ? `${last.account}:${last.ordinal}` : null };
  }

  return { setRefundRule, listRefundRules };
}
