import { formatMoney, instant, parseInstant, Problem, ZERO_MICROS, type Instant, type Micros, type Person } from "#kernel";
import type { AsbbAccount } from "./contract.ts";
import { asDollars } from "./cost.ts";
import * as store from "./store.ts";
import { openAsbbAlerts } from "./use-alerts.ts";
import { money, openCheck, type AsbbContext } from "./use-check.ts";
import { openGrants } from "./use-grants.ts";
import { openSiblings, type AccountNow, type SettleRecord } from "./use-siblings.ts";
import type { AsbbReconcile } from "./wire-contract.ts";

type AccountView = Awaited<ReturnType<AsbbContext["budget"]["showAccount"]>>;

export type AsbbService = ReturnType<typeof openAsbb>;

const DAY_MS = 86_400_000;
const ACCOUNTS_PAGE = 500;

/** asbb's routes as views of the budget room. */
export function openAsbb(context: AsbbContext) {
  const { db, clock, budget } = context;

  async function reconcile(person: Person, ask: SettleRecord, key: string): Promise<AsbbReconcile> {
    const before = await budget.showHold(person, ask.holdId);
    const answer = await budget.settleHold(
      person,
      {
        holdId: ask.holdId,
        attempt: 1,
        amount: ask.actual,
        final: true,
        figure: "metered",
        at: ask.at,
        note: `slurm job ${ask.jobId}`,
        endState: ask.endState ?? null,
      },
      key,
    );
    const over =
      answer.overrun > 0n ? `; ${formatMoney(answer.overrun)} of it is beyond the limit of the account, which takes no new work until somebody decides` : "";
    return {
      success: true,
      original_hold: asDollars(money(before.amount)),
      actual_charge: asDollars(answer.charged),
      refund_amount: asDollars(answer.returned),
      transaction_id: ask.holdId,
      message: `${formatMoney(answer.charged)} charged for job ${ask.jobId}${answer.replayed ? " (it was already)" : ""}${over}`,
    };
  }

  async function listAccounts(person: Person, ask: { limit: number; offset: number }): Promise<AsbbAccount[]> {
    const found: AccountView[] = [];
    for (let cursor: string | undefined; found.length < ask.offset + ask.limit;) {
      const { items, next } = await budget.listAccounts(person, { cursor, limit: ACCOUNTS_PAGE });
      found.push(...items);
      if (next === null) break;
      cursor = next;
    }
    return withFacts(found.slice(ask.offset, ask.offset + ask.limit));
  }

  async function withFacts(views: readonly AccountView[]): Promise<AsbbAccount[]> {
    const facts = await store.accountFacts(
      db,
      views.map(({ name }) => name),
    );
    return views.map((view) => asAccount(view, facts.get(view.name), clock.now()));
  }

  async function accountNow(person: Person, name: string): Promise<AccountNow> {
    const view = await budget.showAccount(person, name);
    const [account] = await withFacts([view]);
    if (account === undefined) throw new Problem("budget.account-unknown", { detail: `${name} is not there` });
    return { account, canCommit: money(view.can_commit) };
  }

  async function showAccount(person: Person, name: string): Promise<AsbbAccount> {
    return (await accountNow(person, name)).account;
  }

  async function createAccount(
    person: Person,
    ask: { name: string; title: string; limit: Micros; startsAt: Instant; endsAt: Instant },
    key: string,
  ): Promise<AsbbAccount> {
    if (ask.endsAt <= ask.startsAt) throw dates();
    await budget.createAccount(
      person,
      {
        name: ask.name,
        title: ask.title,
        kind: "project",
        parent: null,
        allocated: ask.limit,
        startsAt: ask.startsAt,
        endsAt: ask.endsAt,
        slurmAccount: ask.name,
        managers: [],
        members: [],
      },
      key,
    );
    return showAccount(person, ask.name);
  }

  async function updateAccount(
    person: Person,
    name: string,
    ask: { limit?: Micros | undefined; startsAt?: Instant | undefined; endsAt?: Instant | undefined; status?: "open" | "frozen" | "closed" | undefined },
    key: string,
  ): Promise<AsbbAccount> {
    const { limit, ...terms } = ask;
    if (Object.values(terms).some((term) => term !== undefined)) await budget.changeAccount(person, { account: name, reason: "asbb: update", ...terms }, key);
    const more = limit === undefined ? ZERO_MICROS : ((limit - money((await budget.showAccount(person, name)).allocated)) as Micros);
    if (more !== ZERO_MICROS) await budget.allocate(person, { account: name, amount: more, through: false, reason: "asbb: update" }, `${key}:limit`);
    return showAccount(person, name);
  }

  return {
    ...openCheck(context),
    ...openSiblings(context, { accountNow, settle: reconcile }),
    ...openGrants(context),
    ...openAsbbAlerts(context),
    reconcile,
    listAccounts,
    showAccount,
    createAccount,
    updateAccount,
  };
}

const TITLE = ": ";

/** An account's title here is asbb's name of it, and its description behind that. */
export function titled(name: string, description: string | undefined): string {
  return description === undefined || description === "" ? name : `${name}${TITLE}${description}`;
}

function dates(): Problem {
  return new Problem("input.invalid", { detail: "end_date: must be after start_date", facts: { field: "end_date" } });
}

function asAccount(view: AccountView, facts: store.AccountFacts | undefined, now: Instant): AsbbAccount {
  const ended = view.ends_at !== null && (parseInstant(view.ends_at) ?? now) <= now;
  const iso = (at: Instant | undefined): string => new Date(at ?? now).toISOString();
  return {
    id: view.name,
    slurm_account: view.slurm_account ?? view.name,
    name: view.title.split(TITLE)[0] ?? view.title,
    description: view.title.split(TITLE).slice(1).join(TITLE),
    budget_limit: asDollars(money(view.allocated)),
    budget_used: asDollars(money(view.spent)),
    budget_held: asDollars((money(view.reserved) + money(view.leased)) as Micros),
    has_incremental_budget: facts?.incremental ?? false,
    next_allocation_date: facts?.nextDue ?? null,
    total_allocated: asDollars(money(view.allocated)),
    start_date: view.starts_at,
    end_date: view.ends_at,
    status: view.status === "closed" ? "inactive" : view.status === "frozen" ? "suspended" : ended ? "expired" : "active",
    created_at: iso(facts?.createdAt),
    updated_at: iso(facts?.updatedAt),
  };
}

/** A day begins at its first moment; the last day of an account is its own. */
export function momentOf(text: string, last: boolean): Instant {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const at = parseInstant(day ? `${text}T00:00:00Z` : text);
  if (at === undefined) throw dates();
  return day && last ? instant(at + DAY_MS) : at;
}
