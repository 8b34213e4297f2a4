import type { Viewer } from "#access";
import { Problem, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { FormulaTerm } from "#price";
import * as store from "./account-store.ts";
import { noSuchAccount, openAccounts, type AccountMembers, type AccountPeople, type AccountsContext, type NewAccount } from "./accounts-service.ts";
import type { AccountView, BudgetStatus, Explanation, HoldView, JournalTransaction } from "./contract.ts";
import { refusalProblem } from "./ledger-refusal.ts";
import type { FigureQuality, HoldAsk, Ledger } from "./ledger-types.ts";
import { accountToWire, explanationToWire, holdToWire, journalToWire, statusToWire } from "./views.ts";

export type BudgetContext = AccountsContext & { readonly ledger: Ledger; readonly people: AccountPeople };
export type Page<Item> = { items: Item[]; next: string | null };
export type BudgetService = ReturnType<typeof openBudget>;

/** Accounts in one status; a person with more has them in pages. */
const STATUS_ACCOUNTS_MAX = 200;
const EXPLAIN_HOLDS_MAX = 10;

/** What the doors call: accounts, reservations and movements as one person may see and change them. */
export function openBudget(context: BudgetContext) {
  const { db, clock, ledger, people } = context;
  const accounts = openAccounts(context);

  async function withPeople(records: readonly store.AccountRecord[]): Promise<AccountView[]> {
    const members: ReadonlyMap<string, AccountMembers> = records.length === 0 ? new Map() : await people.membersOf(records.map(({ name }) => name));
    const now = clock.now();
    return records.map((record) => accountToWire(record, members.get(record.name), now));
  }

  async function pageOfAccounts(viewer: Viewer, after: string, limit: number): Promise<Page<AccountView>> {
    const records = await store.listAccounts(db, { names: await accounts.visible(viewer), after, limit: limit + 1 });
    return pageOf(records, limit, ({ sortKey }) => sortKey, withPeople);
  }

  async function listAccounts(person: Person, ask: { cursor?: string | undefined; limit: number }): Promise<Page<AccountView>> {
    return pageOfAccounts(await people.viewer(person), ask.cursor ?? "", ask.limit);
  }

  async function showAccount(person: Person, account: string): Promise<AccountView> {
    await accounts.demandOn(await people.viewer(person), "account.see", account);
    const [view] = await withPeople([await accounts.get(account)]);
    if (view === undefined) throw noSuchAccount(account);
    return view;
  }

  async function createAccount(person: Person, account: NewAccount & AccountMembers, key: string): Promise<AccountView> {
    await accounts.create(account, person.name, key);
    for (const one of account.managers) await people.ensureMember({ person: one, account: account.name, role: "manager" });
    for (const one of account.members) await people.ensureMember({ person: one, account: account.name, role: "member" });
    return showAccount(person, account.name);
  }

  async function allocate(person: Person, ask: { account: string; amount: Micros; through: boolean; reason: string }, key: string): Promise<AccountView> {
    await accounts.allocate(ask, person.name, key);
    return showAccount(person, ask.account);
  }

  async function explain(person: Person, account: string): Promise<Explanation> {
    await accounts.demandOn(await people.viewer(person), "account.see", account);
    const [record, levels] = await Promise.all([accounts.get(account), store.levelsOf(db, account, person.name)]);
    const now = clock.now();
    const { binding } = explanationToWire(record, levels, [], now);
    const node = levels.find(({ name }) => name === binding)?.node;
    return explanationToWire(record, levels, node === undefined ? [] : await store.largestHolds(db, node, EXPLAIN_HOLDS_MAX), now);
  }

  async function listHolds(
    person: Person,
    ask: { account?: string | undefined; state?: store.HoldRecord["state"] | undefined; cursor?: string | undefined; limit: number },
  ): Promise<Page<HoldView>> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const names = ask.account === undefined ? await accounts.visible(viewer) : [ask.account];
    const records = await store.listHolds(db, {
      accounts: names,
      state: ask.state ?? null,
      before: ask.cursor === undefined ? null : BigInt(ask.cursor),
      limit: ask.limit + 1,
    });
    return pageOf(
      records,
      ask.limit,
      ({ transaction }) => String(transaction),
      (some) => Promise.resolve(some.map(holdToWire)),
    );
  }

  async function showHold(person: Person, id: string): Promise<HoldView> {
    const missing = new Problem("budget.hold-unknown", { detail: `there is no reservation ${id}`, facts: { hold: id } });
    const hold = await store.getHold(db, id);
    if (hold === null) throw missing;
    await accounts.demandOn(await people.viewer(person), "account.see", hold.account).catch(() => {
      throw missing;
    });
    return holdToWire(hold);
  }

  async function placeHold(
    person: Person,
    ask: {
      account: string;
      amount: Micros;
      unit: MoneyUnit;
      subject: string;
      partition: string | null;
      expiresAt: Instant | null;
      until: Instant | null;
      formula: readonly FormulaTerm[];
      expected: Micros | null;
    },
    key: string,
  ): Promise<{ holdId: string; amount: Micros; replayed: boolean }> {
    await accounts.demandOn(await people.viewer(person), "account.use", ask.account);
    const asked: HoldAsk = { ...ask, key: `http:${key}`, person: person.name };
    const [answer] = await ledger.holdMany([asked]);
    if (answer?.kind === "granted") return answer;
    if (answer === undefined) throw new Problem("internal", { detail: "the ledger gave no answer" });
    throw refusalProblem(answer.code, answer);
  }

  async function settleHold(
    person: Person,
    ask: { holdId: string; attempt: number; amount: Micros; final: boolean; figure: FigureQuality; at: Instant | undefined; note: string },
    key: string,
  ): Promise<{ charged: Micros; returned: Micros; overrun: Micros; replayed: boolean }> {
    const [answer] = await ledger.settleMany([{ ...ask, at: ask.at ?? clock.now(), key: `http:${key}`, by: { person: person.name, source: context.source } }]);
    if (answer?.kind === "settled") return answer;
    throw new Problem(answer?.code ?? "internal", {
      detail: `attempt ${ask.attempt} of reservation ${ask.holdId} was not charged`,
      facts: { hold: ask.holdId },
    });
  }

  async function releaseHold(
    person: Person,
    ask: { holdId: string; at: Instant | undefined; note: string },
    key: string,
  ): Promise<{ returned: Micros; replayed: boolean }> {
    const [answer] = await ledger.releaseMany([{ ...ask, at: ask.at ?? clock.now(), key: `http:${key}`, by: { person: person.name, source: context.source } }]);
    if (answer?.kind === "released") return answer;
    throw new Problem(answer?.code ?? "internal", { detail: `reservation ${ask.holdId} was not released`, facts: { hold: ask.holdId } });
  }

  async function listJournal(person: Person, ask: { account: string; cursor?: string | undefined; limit: number }): Promise<Page<JournalTransaction>> {
    await accounts.demandOn(await people.viewer(person), "account.see", ask.account);
    const records = await store.listJournal(db, { account: ask.account, before: ask.cursor === undefined ? null : BigInt(ask.cursor), limit: ask.limit + 1 });
    return pageOf(
      records,
      ask.limit,
      ({ number }) => String(number),
      (some) => Promise.resolve(some.map(journalToWire)),
    );
  }

  async function showStatus(person: Person): Promise<BudgetStatus> {
    const viewer = await people.viewer(person);
    const [page, defaultAccount, names] = await Promise.all([
      pageOfAccounts(viewer, "", STATUS_ACCOUNTS_MAX),
      accounts.defaultOf(viewer),
      accounts.visible(viewer),
    ]);
    return statusToWire({
      person: person.name,
      defaultAccount,
      accounts: page.items,
      more: page.next !== null,
      standing: await store.standingCosts(db, names),
    });
  }

  async function setDefault(person: Person, account: string): Promise<void> {
    await accounts.setDefault(await people.viewer(person), account);
  }

  return {
    listAccounts,
    showAccount,
    createAccount,
    allocate,
    explain,
    listHolds,
    showHold,
    placeHold,
    settleHold,
    releaseHold,
    listJournal,
    showStatus,
    setDefault,
  };
}

/** A list that was read one longer than asked for, cut to a page. */
async function pageOf<Record, View>(
  records: readonly Record[],
  limit: number,
  cursorOf: (record: Record) => string,
  toViews: (records: readonly Record[]) => Promise<View[]>,
): Promise<Page<View>> {
  const items = records.slice(0, limit);
  const last = items.at(-1);
  return { items: await toViews(items), next: records.length > limit && last !== undefined ? cursorOf(last) : null };
}
