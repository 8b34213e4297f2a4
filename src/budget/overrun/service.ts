import { Problem, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import * as store from "./store.ts";

/** An account's path is never longer. */
const PATH_MAX = 8;

/** What happens to settlements that do not fit, as administrators decide it and as people of the accounts see it. */
export function openOverrun({ db, clock, source, people }: AccountsContext & { readonly people: AccountPeople }, accounts: Accounts) {
  async function setOverrunPolicy(person: Person, policy: store.NewOverrunPolicy, reason: string, key: string): Promise<store.OverrunPolicy> {
    await accounts.demandOn(await people.viewer(person), "account.fund", policy.account);
    try {
      await store.setOverrunPolicy(db, policy, key, reason, { person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
    const [set] = await store.listOverrunPolicies(db, { accounts: [policy.account], after: "", limit: 1 });
    if (set === undefined) throw new Problem("internal", { detail: `the overrun policy of ${policy.account} was set and is not there` });
    return set;
  }

  async function listOverrunPolicies(
    person: Person,
    ask: { account?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: store.OverrunPolicy[]; next: string | null }> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) {
      await accounts.demandOn(viewer, "account.see", ask.account);
      const path = (await accounts.pathOf(ask.account)) ?? [];
      const found = await store.listOverrunPolicies(db, { accounts: path, after: "", limit: PATH_MAX });
      return { items: found.toSorted((a, b) => path.indexOf(a.account) - path.indexOf(b.account)), next: null };
    }
    const found = await store.listOverrunPolicies(db, { accounts: await accounts.visible(viewer), after: ask.cursor ?? "", limit: ask.limit + 1 });
    const items = found.slice(0, ask.limit);
    return { items, next: found.length > ask.limit ? items.at(-1)!.account : null };
  }

  return { setOverrunPolicy, listOverrunPolicies };
}
