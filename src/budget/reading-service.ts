import type { AccountParts, Viewer } from "#access";
import { verify, type Database, type Verification } from "#db";
import { Problem, type Instant, type Person } from "#kernel";
import * as store from "./account-store.ts";
import type { HoldDetail } from "./hold-contract.ts";
import { noSuchAccount, type AccountPeople, type Accounts, type AccountsContext } from "./accounts-service.ts";
import type { AccountView, BudgetStatus, Explanation, HoldView, JournalTransaction } from "./contract.ts";
import { indirectTotals } from "./award/store.ts";
import type { Verified } from "./verify-contract.ts";
import { ledgerVerifications } from "./verify-store.ts";
import { partsOf } from "./fund/store.ts";
import * as movements from "./movement-store.ts";
import { dayOf } from "./days.ts";
import { listOverhead } from "./overhead/store.ts";
import type { StandingCost } from "./standing/standing.ts";
import { listStanding } from "./standing/store.ts";
import { accountToWire, explanationToWire, holdToWire, journalToWire, partToWire, statusToWire } from "./views.ts";

/** Shown at once in a status; the list of them has pages. */
const STANDING_MAX = 1_000;

/** Clusters whose alarms are looked at for a status. */
const OVERHEAD_MAX = 500;

export type Page<Item> = { items: Item[]; next: string | null };

/** Accounts in one status; a person with more has them in pages. */
const STATUS_ACCOUNTS_MAX = 200;
const EXPLAIN_HOLDS_MAX = 10;

export type ReadingContext = AccountsContext & {
  readonly people: AccountPeople;
  /** What other rooms keep beside the ledger and promise of it: looked at with it. */
  readonly verifications?: readonly Verification[];
  /** Works on a database that lets a statement run as long as it takes: proving a large journal does. Default: on the one given. */
  readonly withoutTimeLimit?: <T>(work: (db: Database) => Promise<T>) => Promise<T>;
};

/** Accounts, reservations and movements as one person may see them. */
export function openReading(context: ReadingContext, accounts: Accounts) {
  const { db, clock, people } = context;

  async function withPeople(records: readonly store.AccountRecord[]): Promise<AccountView[]> {
    const members: ReadonlyMap<string, AccountParts> = records.length === 0 ? new Map() : await people.membersOf(records.map(({ name }) => name));
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

  async function explain(person: Person, account: string): Promise<Explanation> {
    await accounts.demandOn(await people.viewer(person), "account.see", account);
    const [record, levels] = await Promise.all([accounts.get(account), store.levelsOf(db, account, person.name)]);
    const now = clock.now();
    const { binding } = explanationToWire(record, levels, [], now);
    const node = levels.find(({ name }) => name === binding)?.node;
    return explanationToWire(record, levels, node === undefined ? [] : await movements.largestHolds(db, node, EXPLAIN_HOLDS_MAX), now);
  }

  async function listHolds(
    person: Person,
    ask: {
      account?: string | undefined;
      state?: movements.HoldRecord["state"] | undefined;
      person?: string | undefined;
      placedBefore: Instant | null;
      cursor?: string | undefined;
      limit: number;
    },
  ): Promise<Page<HoldView>> {
    const viewer = await people.viewer(person);
    if (ask.account !== undefined) await accounts.demandOn(viewer, "account.see", ask.account);
    const names = ask.account === undefined ? await accounts.visible(viewer) : [ask.account];
    const records = await movements.listHolds(db, {
      accounts: names,
      state: ask.state ?? null,
      before: ask.cursor === undefined ? null : BigInt(ask.cursor),
      limit: ask.limit + 1,
      person: ask.person ?? null,
      placedBefore: ask.placedBefore,
    });
    return pageOf(
      records,
      ask.limit,
      ({ transaction }) => String(transaction),
      (some) => Promise.resolve(some.map(holdToWire)),
    );
  }

  async function showHold(person: Person, id: string): Promise<HoldDetail> {
    const missing = new Problem("budget.hold-unknown", { detail: `there is no reservation ${id}`, facts: { hold: id } });
    const hold = await movements.getHold(db, id);
    if (hold === null) throw missing;
    await accounts.demandOn(await people.viewer(person), "account.see", hold.account).catch(() => {
      throw missing;
    });
    const parts = (await partsOf(db, [id])).get(id) ?? [];
    return { ...holdToWire(hold), funds: parts.map(partToWire) };
  }

  async function listJournal(person: Person, ask: { account: string; cursor?: string | undefined; limit: number }): Promise<Page<JournalTransaction>> {
    await accounts.demandOn(await people.viewer(person), "account.see", ask.account);
    const records = await movements.listJournal(db, {
      account: ask.account,
      before: ask.cursor === undefined ? null : BigInt(ask.cursor),
      limit: ask.limit + 1,
    });
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
      standing: await standingNow(names),
      overhead: await listOverhead(db, { accounts: names, cluster: null, after: "", limit: OVERHEAD_MAX }),
      indirect: await indirectTotals(
        db,
        page.items.map(({ name }) => name),
      ),
    });
  }

  /** What costs money today, of the accounts named. */
  async function standingNow(names: readonly string[] | null): Promise<StandingCost[]> {
    const today = dayOf(clock.now());
    const costs = await listStanding(db, { accounts: names, name: null, on: today, after: "", limit: STANDING_MAX });
    return costs.filter((cost) => cost.startsOn <= today && (cost.endsOn === null || cost.endsOn >= today));
  }

  async function verifyBooks(): Promise<Verified> {
    const began = performance.now();
    const results = await (context.withoutTimeLimit ?? ((work) => work(db)))((own) =>
      verify(own, [...ledgerVerifications(), ...(context.verifications ?? [])]),
    );
    const seconds = (performance.now() - began) / 1000;
    const checks = results.map(({ name, checked, faults, more }) => ({ name, checked: Number(checked), ok: faults.length === 0, faults: [...faults], more }));
    const entries = checks[0]?.checked ?? 0;
    return {
      ok: checks.every(({ ok }) => ok),
      entries,
      seconds: Math.round(seconds * 1000) / 1000,
      entries_per_second: Math.floor(entries / Math.max(seconds, 0.001)),
      checks,
    };
  }

  return { verify: verifyBooks, listAccounts, showAccount, explain, listHolds, showHold, listJournal, showStatus };
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
