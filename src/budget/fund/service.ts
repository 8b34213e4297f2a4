import { Problem, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { asRefusal } from "../ledger-refusal.ts";
import { parseShare, type FundPlan } from "./fund.ts";
import { listFundPlans, setFundPlan } from "./store.ts";

const WHOLE = 1_000_000;

type Fund = { readonly account: string; readonly share: string | null };

/** Which funds pay for the work of an account, as people see and change it. */
export function openFunds({ db, clock, source, people }: AccountsContext & { readonly people: AccountPeople }, accounts: Accounts) {
  async function written(person: Person, plan: Parameters<typeof setFundPlan>[1], reason: string, key: string): Promise<void> {
    try {
      await setFundPlan(db, plan, `http:${key}`, reason, { person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async function setFunds(
    person: Person,
    ask: { readonly account: string; readonly mode: FundPlan["mode"]; readonly funds: readonly Fund[]; readonly reason: string },
    key: string,
  ): Promise<FundPlan> {
    const funds = ask.funds.map(({ account, share }, index) => ({ account, share: share === null ? null : shareOf(share, index) }));
    const sum = funds.reduce((total, { share }) => total + (share ?? 0), 0);
    if (ask.mode === "share" && sum !== WHOLE)
      throw new Problem("value.range", { detail: `funds: the shares add up to ${sum / 10_000}%, not to 100%`, facts: { field: "funds" } });
    await written(person, { account: ask.account, mode: ask.mode, funds }, ask.reason, key);
    const [plan] = await listFundPlans(db, [ask.account]);
    // Somebody may have cleared it since.
    return plan ?? { account: ask.account, mode: ask.mode, funds, setBy: person.name, setAt: clock.now() };
  }

  async function clearFunds(person: Person, ask: { readonly account: string; readonly reason: string }, key: string): Promise<void> {
    await written(person, { account: ask.account, mode: "order", funds: [] }, ask.reason, key);
  }

  async function listFunds(person: Person): Promise<FundPlan[]> {
    return listFundPlans(db, await accounts.visible(await people.viewer(person)));
  }

  return { setFunds, clearFunds, listFunds };
}

function shareOf(text: string, index: number): number {
  const share = parseShare(text);
  if (share !== undefined) return share;
  const field = `funds.${index}.share`;
  throw new Problem("value.range", { detail: `${field}: ${text} is not a share between 0.0001% and 100%`, facts: { field } });
}
