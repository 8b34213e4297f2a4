import { instant, instantToIso, microsToDecimal, parseMicros, type Micros, type Person } from "#kernel";
import type { AccountPeople, Accounts, AccountsContext } from "../accounts-service.ts";
import type { AwardView } from "../contract.ts";
import { addDays, dayOf } from "../days.ts";
import { burnRate } from "./burn.ts";
import type { BurnRateView } from "./contract.ts";
import { dailySpend, openedOn } from "./store.ts";

export type BurnContext = AccountsContext & { readonly people: AccountPeople };

const DAYS_SHOWN = 30;

/** How fast accounts and awards are spent, as people see them. */
export function openBurn({ db, clock, people }: BurnContext, accounts: Accounts, showAward: (person: Person, number: string) => Promise<AwardView>) {
  async function viewOf(
    name: string,
    award: { readonly number: string; readonly total: Micros; readonly first: string; readonly last: string } | null,
  ): Promise<BurnRateView> {
    const [account, opened, now] = [await accounts.get(name), await openedOn(db, name), clock.now()];
    const today = dayOf(now);
    const first = award?.first ?? (account.startsAt === null ? opened : dayOf(account.startsAt));
    // The moment at which an account ends is the first that is not its own.
    const last = award?.last ?? (account.endsAt === null ? null : dayOf(instant(account.endsAt - 1)));
    const budget = award?.total ?? account.allocated;
    const shownFrom = addDays(today, 1 - DAYS_SHOWN);
    const daily = await dailySpend(db, { account: name, from: first < shownFrom ? first : shownFrom, to: today, zone: "UTC" });
    const rate = burnRate({ today, first, last, budget, overrun: account.overrun, daily });
    const text = (amount: Micros | null) => (amount === null ? null : microsToDecimal(amount));
    return {
      account: name,
      grant_number: award?.number ?? null,
      unit: account.unit,
      as_of: instantToIso(now),
      start_date: first,
      end_date: last,
      budget: microsToDecimal(budget),
      cumulative_spend: microsToDecimal(rate.spent),
      cumulative_expected: text(rate.expected),
      daily_expected: text(rate.dailyExpected),
      average_7_days: microsToDecimal(rate.average7),
      average_30_days: microsToDecimal(rate.average30),
      variance_percent: rate.varianceTenths === null ? null : rate.varianceTenths / 10,
      health_score: rate.health,
      status: rate.status,
      daily: daily.filter(({ day }) => day >= shownFrom).map(({ day, amount }) => ({ date: day, spend: microsToDecimal(amount) })),
    };
  }

  async function burnOfAccount(person: Person, name: string): Promise<BurnRateView> {
    await accounts.demandOn(await people.viewer(person), "account.see", name);
    return viewOf(name, null);
  }

  async function burnOfGrant(person: Person, number: string): Promise<BurnRateView> {
    const award = await showAward(person, number);
    const total = parseMicros(award.total);
    return viewOf(award.account, { number, total: total ?? (0n as Micros), first: award.starts_on, last: award.ends_on });
  }

  return { burnOfAccount, burnOfGrant };
}
