import { Problem, micros, type Instant, type Micros, type Person } from "#kernel";
import { allocate, type Author } from "../account-store.ts";
import { demandBetween, type AccountPeople, type Accounts, type AccountsContext } from "../accounts-service.ts";
import type { AccountView, LimitView } from "../contract.ts";
import { asRefusal } from "../ledger-refusal.ts";
import { limitToWire } from "../views.ts";
import * as store from "./store.ts";

export type ChangesContext = AccountsContext & { readonly people: AccountPeople };
/** What is undefined stays as it is; null takes the start or the end away. */
export type ChangeTerms = {
  readonly status?: AccountView["status"] | undefined;
  readonly startsAt?: Instant | null | undefined;
  readonly endsAt?: Instant | null | undefined;
  /** Null leaves it to the accounts above. */
  readonly reserveAt?: AccountView["reserve_at"] | null | undefined;
};

/** What administrators do to accounts. Each is journalled once for its key, with who, from where and why; each answers the account as it is then. */
export function openChanges(context: ChangesContext, accounts: Accounts, show: (person: Person, account: string) => Promise<AccountView>) {
  const { db, clock, source, people } = context;

  async function change(person: Person, account: string, work: (by: Author) => Promise<unknown>): Promise<AccountView> {
    await written(person, work);
    return show(person, account);
  }

  async function written(person: Person, work: (by: Author) => Promise<unknown>): Promise<void> {
    try {
      await work({ person: person.name, source, now: clock.now() });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** Throws `budget.amount-invalid` for nothing: a movement of nothing is a slip of whoever asks. */
  function something(amount: Micros): Micros {
    if (amount === 0n) throw new Problem("budget.amount-invalid", { detail: "an amount of 0 moves nothing", facts: { field: "amount" } });
    return amount;
  }

  async function transfer(person: Person, ask: { from: string; to: string; amount: Micros; reason: string }, key: string): Promise<AccountView> {
    if (ask.from === ask.to) throw new Problem("input.invalid", { detail: `to: ${ask.to} is the account that the money comes from`, facts: { field: "to" } });
    something(ask.amount);
    await demandBetween(accounts, await people.viewer(person), ask.from, ask.to);
    return change(person, ask.from, (by) => store.transfer(db, { ...ask, key }, by));
  }

  /** The truth about money that is gone: it posts, and what is committed already becomes overrun. */
  async function cut(person: Person, ask: { account: string; amount: Micros; reason: string }, key: string): Promise<AccountView> {
    const amount = micros(-something(ask.amount));
    return change(person, ask.account, (by) => allocate(db, { ...ask, key, amount, through: false, cut: true, effectiveAt: by.now }, by));
  }

  function absorb(person: Person, ask: { account: string; reason: string }, key: string): Promise<AccountView> {
    return change(person, ask.account, (by) => store.absorbOverrun(db, { ...ask, key }, by));
  }

  /** Throws `value.range` when it would end before it starts, with what stays as it is. */
  function changeAccount(person: Person, ask: ChangeTerms & { account: string; reason: string }, key: string): Promise<AccountView> {
    return change(person, ask.account, (by) => store.changeAccount(db, { ...ask, key }, by));
  }

  async function setLimit(person: Person, ask: store.LimitKey & { account: string; amount: Micros; reason: string }, key: string): Promise<LimitView> {
    await accounts.demandOn(await people.viewer(person), "account.manage", ask.account);
    await written(person, (by) => store.setLimit(db, { ...ask, key }, by));
    const [limit] = await store.listLimits(db, ask.account, ask);
    if (limit === undefined) throw new Problem("internal", { detail: `the limit of ${ask.subject} on ${ask.account} was set and is not there` });
    return limitToWire(limit);
  }

  async function listLimits(person: Person, account: string): Promise<{ items: LimitView[] }> {
    await accounts.demandOn(await people.viewer(person), "account.see", account);
    return { items: (await store.listLimits(db, account, null)).map(limitToWire) };
  }

  return { transfer, cut, absorb, changeAccount, setLimit, listLimits };
}
