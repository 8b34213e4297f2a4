import type { EndState } from "#budget";
import { formatMoney, instant, instantToIso, maxMicros, parseInstant, Problem, ZERO_MICROS, type Instant, type Micros, type Person } from "#kernel";
import type { AsbbAccount } from "./contract.ts";
import { asDollars, fromDollars } from "./cost.ts";
import { endStateOf, type CostRecord } from "./sibling-contract.ts";
import * as store from "./store.ts";
import { money, type AsbbContext } from "./use-check.ts";
import type { AsbbReconcile } from "./wire-contract.ts";

const DAY_MS = 86_400_000;

/** What a reservation is settled to, and how its work ended. */
export type SettleRecord = {
  readonly jobId: string;
  readonly actual: Micros;
  readonly holdId: string;
  readonly endState?: EndState | null;
  readonly at?: Instant | undefined;
};

/** An account as asbb shows it, and what it can commit now. */
export type AccountNow = { readonly account: AsbbAccount; readonly canCommit: Micros };

type Uses = {
  readonly accountNow: (person: Person, name: string) => Promise<AccountNow>;
  readonly settle: (person: Person, ask: SettleRecord, key: string) => Promise<AsbbReconcile>;
};

/** What ASBX and ASBA ask of asbb, answered from the ledger. */
export function openSiblings({ db, clock, budget }: Pick<AsbbContext, "db" | "clock" | "budget">, { accountNow, settle }: Uses) {
  async function burstStatus() {
    const { open, held, oldest, settled } = await store.openHolds(db);
    const iso = (at: typeof oldest) => (at === null ? null : instantToIso(at));
    return { status: "ok" as const, open_holds: open, held: asDollars(held), oldest_open: iso(oldest), last_settled: iso(settled) };
  }

  /** One key for a record, whichever road it came by: the epilog's word and the reconciliation's are one charge. */
  function settleRecord(person: Person, record: CostRecord) {
    return settle(
      person,
      {
        jobId: record.job_id,
        actual: fromDollars(record.actual_cost),
        holdId: record.budget_transaction_id,
        endState: record.job_state === undefined ? null : endStateOf(record.job_state),
        at: record.completed_at === undefined ? undefined : parseInstant(record.completed_at),
      },
      `asbx:${record.budget_transaction_id}:${record.job_id}`,
    );
  }

  async function budgetStatus(person: Person, name: string) {
    const { account, canCommit } = await accountNow(person, name);
    return {
      account: name,
      status: account.status,
      budget_limit: account.budget_limit,
      budget_used: account.budget_used,
      budget_held: account.budget_held,
      budget_available: asDollars(canCommit),
      start_date: account.start_date,
      end_date: account.end_date,
    };
  }

  async function affordability(person: Person, name: string, cost: Micros) {
    const {
      account: { status },
      canCommit: free,
    } = await accountNow(person, name);
    const short = maxMicros(ZERO_MICROS, (cost - free) as Micros);
    const affordable = status === "active" && short === ZERO_MICROS;
    const words =
      status !== "active"
        ? `${name} is ${status} and takes no new work`
        : affordable
          ? `${name} can commit ${formatMoney(free)}; nothing was reserved`
          : `${name} can commit ${formatMoney(free)}, ${formatMoney(short)} less than this`;
    return {
      account: name,
      affordable,
      estimated_cost: asDollars(cost),
      budget_available: asDollars(free),
      shortfall: asDollars(short),
      message: words,
    };
  }

  async function timeline(person: Person, number: string) {
    const award = await budget.showAward(person, number);
    const burn = await budget.burnOfGrant(person, number);
    const [first, last] = [award.starts_on, award.ends_on].map((one) => parseInstant(`${one}T00:00:00Z`) ?? clock.now());
    const days = (from: number, to: number) => Math.max(0, Math.round((to - from) / DAY_MS));
    const end = instant(last! + DAY_MS);
    const text = (amount: string) => asDollars(money(amount));
    return {
      grant_number: number,
      account: award.account,
      start_date: award.starts_on,
      end_date: award.ends_on,
      days_total: days(first!, end),
      days_left: Math.max(0, Math.ceil((end - clock.now()) / DAY_MS)),
      budget: text(burn.budget),
      spent: text(burn.cumulative_spend),
      expected: burn.cumulative_expected === null ? null : text(burn.cumulative_expected),
      average_7_days: text(burn.average_7_days),
      average_30_days: text(burn.average_30_days),
      health_score: burn.health_score,
      status: burn.status,
    };
  }

  async function grantReport(person: Person, number: string, ask: { readonly type: "annual" | "financial"; readonly period?: number | undefined }) {
    const award = await budget.showAward(person, number);
    const told = award.periods.filter(({ ordinal }) => ask.period === undefined || ordinal === ask.period);
    if (told.length === 0 && ask.period !== undefined)
      throw new Problem("input.invalid", { detail: `period: ${number} has ${award.periods.length} budget periods`, facts: { field: "period" } });
    const periods = told.map((one) => ({ period: one.ordinal, start_date: one.starts_on, end_date: one.ends_on, spent: asDollars(money(one.spent)) }));
    return {
      grant_number: number,
      type: ask.type,
      account: award.account,
      agency: award.agency,
      pi: award.pi,
      start_date: award.starts_on,
      end_date: award.ends_on,
      award: asDollars(money(award.total)),
      spent: asDollars(told.reduce((sum, { spent }) => sum + money(spent), 0n) as Micros),
      periods: ask.type === "annual" ? periods : [],
      as_of: instantToIso(clock.now()),
    };
  }

  async function health(person: Person, ask: { readonly account?: string | undefined; readonly limit: number }) {
    const names = ask.account === undefined ? (await budget.listAccounts(person, { limit: ask.limit })).items.map(({ name }) => name) : [ask.account];
    const accounts = [];
    for (const name of names) {
      const { health_score, status, variance_percent } = await budget.burnOfAccount(person, name);
      accounts.push({ account: name, health_score, status, variance_percent });
    }
    // Those that nothing judges stand last.
    const sorted = accounts.toSorted((a, b) => (a.health_score ?? 101) - (b.health_score ?? 101));
    return { health_score: sorted[0]?.health_score ?? null, accounts: sorted };
  }

  return { burstStatus, settleRecord, budgetStatus, affordability, timeline, grantReport, health };
}
