import { instant, micros, minMicros, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import { listReleases } from "../award/store.ts";
import { addDays, dayIn } from "../days.ts";
import { freeOf } from "../decide-hold.ts";
import { committedOf, dailySpend, openedOn, peopleAtWork, standingBelow, type StandingBelow } from "./store.ts";

/** What is known of an account's spending, past and to come. Days are those of the time zone asked for; those of awards and standing costs are days in UTC. */
export type SpendingFacts = {
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly now: Instant;
  readonly today: string;
  /** The day it was opened, or of its first charge if that was before, and no earlier than `HISTORY_DAYS` ago. */
  readonly first: string;
  /** The last day of the account, or of one above it that ends before; null when none ends. */
  readonly last: string | null;
  /** What it can spend with all that it has reserved: of itself, or of the account above it that has less; and whose that is. */
  readonly left: Micros;
  readonly limitedBy: string;
  readonly daily: readonly { readonly day: string; readonly amount: Micros }[];
  readonly standing: readonly StandingBelow[];
  readonly committed: readonly { readonly day: string | null; readonly count: number; readonly amount: Micros }[];
  /** What its awards are still to release; `day` is null where somebody has to decide first. */
  readonly releases: readonly { readonly day: string | null; readonly amount: Micros; readonly label: string }[];
  /** How many people had work let in during the last `PEOPLE_DAYS` days. */
  readonly people: number;
  readonly peopleDays: number;
};

const HISTORY_DAYS = 1200;
const PEOPLE_DAYS = 90;
const DAY_MS = 86_400_000;
const RELEASES_MAX = 500;

export type SpendingFactsContext = Pick<AccountsContext, "db" | "clock"> & { readonly accounts: Accounts; readonly people: Pick<AccountPeople, "viewer"> };

/** Throws `budget.account-unknown`, for an account that the person may not see as well. */
export function openSpendingFacts({ db, clock, accounts, people }: SpendingFactsContext) {
  return async (person: Person, name: string, zone: string): Promise<SpendingFacts> => {
    await accounts.demandOn(await people.viewer(person), "account.see", name);
    const now = clock.now();
    const today = dayIn(zone, now);
    const from = addDays(today, -HISTORY_DAYS);
    const [account, opened, daily, standing, committed, releases, atWork] = await Promise.all([
      accounts.get(name),
      openedOn(db, name),
      dailySpend(db, { account: name, from, to: today, zone }),
      standingBelow(db, name, from),
      committedOf(db, name, zone),
      listReleases(db, { accounts: [name], award: null, after: { award: "", ordinal: 0 }, limit: RELEASES_MAX }),
      peopleAtWork(db, name, instant(now - PEOPLE_DAYS * DAY_MS)),
    ]);
    // What the account has reserved is its own to spend, and is in what the accounts above it have reserved.
    const own = micros(account.held + account.leased);
    const rooms = account.levels.map((level) => ({ name: level.name, left: micros(freeOf(level) + own) }));
    const left = rooms.map((room) => room.left).reduce(minMicros);
    const ends = account.levels.flatMap(({ endsAt }) => (endsAt === null ? [] : [dayIn(zone, instant(endsAt - 1))])).toSorted();
    const oldest = [opened, ...daily.slice(0, 1).map(({ day }) => day)].toSorted()[0]!;
    return {
      account: name,
      unit: account.unit,
      now,
      today,
      first: oldest < from ? from : oldest > today ? today : oldest,
      last: ends[0] ?? null,
      left,
      limitedBy: rooms.findLast((room) => room.left === left)!.name,
      daily,
      standing,
      committed,
      releases: releases
        .filter(({ released }) => released === null)
        .map(({ gate, dueOn, amount, label }) => ({ day: gate === "date" ? dueOn : null, amount, label })),
      people: atWork,
      peopleDays: PEOPLE_DAYS,
    };
  };
}
