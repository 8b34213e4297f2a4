import { reachesBelow } from "#access";
import type { Person } from "#kernel";
import type { ReportContext } from "./context.ts";
import type { Sight } from "./usage/store.ts";

/**
 * What a person sees of usage: who answers for an account sees it and all below it, who only uses one sees of it what is her own. Throws
 * `budget.account-unknown` for an account that is not there or of which she may see nothing.
 */
export async function sightOf({ accounts, people }: ReportContext, person: Person, account: string | null): Promise<Sight> {
  const viewer = await people.viewer(person);
  if (account !== null) await accounts.demandOn(viewer, "account.see", account);
  if (viewer.admin) return { whole: null, own: [], person: viewer.name };
  const named = (below: boolean) => viewer.memberships.filter(({ role }) => reachesBelow(role) === below).map((one) => one.account);
  return { whole: named(true), own: named(false), person: viewer.name };
}
