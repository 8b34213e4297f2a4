import { addDays, daysFrom, type SpendingFacts } from "#budget";
import { formatMoney, microsToDecimal, micros, parseMicros, Problem, type Person } from "#kernel";
import type { ForecastAsk, ForecastView } from "./contract.ts";
import { forecast, type ForecastFacts } from "./forecast.ts";
import { forecastToWire, knownWords, toNumber } from "./views.ts";
import { whatIf } from "./what-if.ts";

/** What the room needs of the budget: what is known of an account, as far as the person may see it. */
export type ForecastPorts = { readonly spendingFacts: (person: Person, account: string, zone: string) => Promise<SpendingFacts> };

export type ForecastService = ReturnType<typeof openForecasts>;

/** Where nothing says when an account ends. */
const DEFAULT_DAYS = 90;
/** Awards run for five years at most. */
const DAYS_MAX = 1830;
const PAST_SHOWN = 90;
/** Reservations without an end are taken to be over by then: work rarely waits longer. */
const COMMITTED_DAYS = 14;

export function openForecasts({ spendingFacts }: ForecastPorts) {
  /** Throws `budget.account-unknown`, `budget.ended`, `value.range`. */
  async function forecastOf(person: Person, account: string, ask: ForecastAsk): Promise<ForecastView> {
    const facts = await spendingFacts(person, account, ask.zone);
    const end = endOf(facts, ask.end);
    const asked = {
      price: ask.price === undefined ? null : Number(ask.price),
      spot: ask.spot === undefined ? null : Number(ask.spot),
      people: ask.people ?? null,
      allocation: ask.allocation === undefined ? null : (parseMicros(ask.allocation) ?? null),
      end: ask.end ?? null,
    };
    const { factor, assumptions } = whatIf(asked, facts.people, facts.peopleDays, facts.unit);
    const given = forecastFacts(facts, end.day, factor);
    const result = forecast({ ...given, left: given.left + toNumber(asked.allocation ?? micros(0n)) });
    const shownFrom = addDays(facts.today, 1 - PAST_SHOWN);
    return forecastToWire({
      facts,
      zone: ask.zone,
      forecast: result,
      assumptions: [...limitWords(facts), ...knownWords(facts, addDays(facts.today, end.day)), ...assumptions],
      whatIf: assumptions.length > (ask.end === undefined ? 0 : 1),
      end: end.day,
      endOf: end.of,
      historyDays: given.history.length,
      past: facts.daily.filter(({ day }) => day >= shownFrom).map(({ day, amount }) => ({ date: day, spend: microsToDecimal(amount) })),
      dayOf: (day) => addDays(facts.today, day),
    });
  }

  return { forecastOf };
}

function endOf(facts: SpendingFacts, asked: string | undefined): { readonly day: number; readonly of: ForecastView["end_of"] } {
  const last = asked ?? facts.last ?? addDays(facts.today, DEFAULT_DAYS);
  const day = daysFrom(facts.today, last) - 1;
  if (asked !== undefined && (day < 0 || day >= DAYS_MAX))
    throw new Problem("value.range", { detail: `end: ${asked} is not one of the ${DAYS_MAX} days from ${facts.today} on`, facts: { field: "end" } });
  if (day < 0)
    throw new Problem("budget.ended", {
      detail: `${facts.account} ended on ${last}: there is nothing to foresee`,
      fix: "Give a later end to see what would be if it went on: --end DATE.",
      facts: { account: facts.account },
    });
  return { day: Math.min(day, DAYS_MAX - 1), of: asked !== undefined ? "asked" : facts.last === null ? "default" : "account" };
}

/** Days of dates become days counted from today; what standing costs charged is taken out of the past, for it is known of the days to come. */
function forecastFacts(facts: SpendingFacts, end: number, factor: number): ForecastFacts {
  const { today, first } = facts;
  const dayOf = (date: string) => (date < today ? -(daysFrom(date, today) - 1) : daysFrom(today, date) - 1);
  const length = Math.max(0, -dayOf(first));
  const history = Array.from({ length }, () => 0);
  let spentToday = 0;
  for (const { day, amount } of facts.daily) {
    const at = length + dayOf(day);
    if (at < 0) continue;
    if (at < length) history[at] = toNumber(amount);
    else spentToday = toNumber(amount);
  }
  const standing = facts.standing.map((one) => ({
    perDay: toNumber(one.perDay),
    from: dayOf(one.startsOn),
    to: one.endsOn === null ? DAYS_MAX : dayOf(one.endsOn),
  }));
  for (const { perDay, from, to } of standing)
    for (let day = Math.max(from, -length); day <= to && day < 0; day++) history[length + day] = Math.max(0, history[length + day]! - perDay);
  return {
    history: history.map((amount) => Math.max(0, amount)),
    spentToday: Math.max(0, spentToday),
    left: toNumber(facts.left) + spentToday,
    releases: facts.releases.flatMap(({ day, amount }) => (day === null ? [] : [{ day: Math.max(0, dayOf(day)), amount: toNumber(amount) }])),
    standing,
    committed: facts.committed.map(({ day, amount }) => ({ day: Math.max(0, day === null ? COMMITTED_DAYS : dayOf(day)), amount: toNumber(amount) })),
    end,
    factor,
  };
}

function limitWords({ account, limitedBy, left, unit }: SpendingFacts) {
  if (limitedBy === account) return [];
  return [
    { what: `${limitedBy} has only ${formatMoney(left, unit)} for it`, formula: `what is left is that of ${limitedBy}, as if ${account} alone spent it` },
  ];
}
