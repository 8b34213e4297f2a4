import type { SpendingFacts } from "#budget";
import { divideRounded, formatMoney, instantToIso, micros, microsToDecimal, type Micros } from "#kernel";
import type { ForecastView } from "./contract.ts";
import type { Forecast } from "./forecast.ts";
import { LEVELS } from "./quantiles.ts";
import type { Assumption } from "./what-if.ts";
import { dateWords, sentenceOf, thinWords } from "./words.ts";

const MICROS = 1_000_000;
/** Estimates are told to the cent; below a dollar every decimal is. */
const CENT = 10_000n;
const DAILY_SHOWN = 91;
const SHOWN = { p2_5: 0.025, p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9, p97_5: 0.975 } as const;

export function toNumber(amount: Micros): number {
  return Number(amount) / MICROS;
}

function toText(amount: number): string {
  const exact = BigInt(Math.round(amount * MICROS));
  if (exact < BigInt(MICROS)) return microsToDecimal(micros(exact));
  return microsToDecimal(micros(divideRounded(exact, CENT, "half-even") * CENT));
}

export function forecastToWire(ask: {
  readonly facts: SpendingFacts;
  readonly zone: string;
  readonly forecast: Forecast;
  readonly assumptions: readonly Assumption[];
  readonly whatIf: boolean;
  readonly end: number;
  readonly endOf: ForecastView["end_of"];
  readonly historyDays: number;
  readonly past: ForecastView["past"];
  readonly dayOf: (day: number) => string;
}): ForecastView {
  const { facts, forecast, dayOf, end } = ask;
  const day = (one: number | null) => (one === null ? null : dayOf(one));
  const record = forecast.record;
  return {
    account: facts.account,
    unit: facts.unit,
    as_of: instantToIso(facts.now),
    zone: ask.zone,
    sentence: sentenceOf(forecast, { dayOf, end, whatIf: ask.whatIf }),
    today: facts.today,
    end_date: dayOf(end),
    end_of: ask.endOf,
    left: microsToDecimal(facts.left),
    limited_by: facts.limitedBy,
    runs_out: { p10: day(forecast.runsOut.early), p50: day(forecast.runsOut.middle), p90: day(forecast.runsOut.late) },
    lasts: Math.round(forecast.lasts * 1000) / 1000,
    bands_wide_because: thinWords(forecast.thin),
    track_record:
      record === null
        ? null
        : {
            days_ahead: record.ahead,
            separate: record.separate,
            forecasts: record.forecasts,
            held_50: record.held50,
            held_80: record.held80,
            held_95: record.held95,
          },
    assumptions: [...ask.assumptions],
    history_days: ask.historyDays,
    past: ask.past,
    path: forecast.days
      .filter((one) => one.day < DAILY_SHOWN || one.day % 7 === 6 || one.day === end)
      .map((one) => ({ date: dayOf(one.day), left: signed(one.left), ...shown(one.spent) })),
  };
}

function signed(amount: number): string {
  return amount < 0 ? microsToDecimal(micros(BigInt(Math.round(amount * MICROS)))) : toText(amount);
}

function shown(spent: readonly number[]): { [Key in keyof typeof SHOWN]: string } {
  const at = (level: number) => toText(Math.max(0, spent[LEVELS.indexOf(level)]!));
  const { p2_5, p10, p25, p50, p75, p90, p97_5 } = SHOWN;
  return { p2_5: at(p2_5), p10: at(p10), p25: at(p25), p50: at(p50), p75: at(p75), p90: at(p90), p97_5: at(p97_5) };
}

/** What enters as known, with its formula; and what could come but is not counted. */
export function knownWords(facts: SpendingFacts, end: string): Assumption[] {
  const money = (amount: Micros) => formatMoney(amount, facts.unit);
  const standing = facts.standing.filter((one) => one.endsOn === null || one.endsOn >= facts.today);
  const due = facts.releases.filter((one) => one.day !== null && one.day >= facts.today && one.day <= end);
  const undecided = facts.releases.filter((one) => one.day === null);
  const committed = facts.committed.filter(({ amount }) => amount > 0n);
  return [
    ...standing.map((one) => ({
      what: `${one.name} costs ${money(one.perDay)} a day`,
      formula: `${money(one.perDay)} x its days${one.endsOn === null ? "" : ` to ${dateWords(one.endsOn, facts.today)}`}, apart from the pace of the rest`,
    })),
    ...committed.map((one) => ({
      what: `${money(one.amount)} is expected of ${one.count} open ${one.count === 1 ? "reservation" : "reservations"}`,
      formula: `at least that is spent by ${one.day === null ? "two weeks from now" : dateWords(one.day < facts.today ? facts.today : one.day, facts.today)}`,
    })),
    ...due.map((one) => ({
      what: `${money(one.amount)} is released on ${dateWords(one.day!, facts.today)} (${one.label})`,
      formula: `what is left + ${money(one.amount)} from that day on`,
    })),
    ...undecided.map((one) => ({ what: `${money(one.amount)} waits for a decision (${one.label})`, formula: "not counted" })),
  ];
}
