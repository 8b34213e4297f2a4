import {
  formatMoney,
  invariant,
  micros,
  microsToDecimal,
  parseHourlyRate,
  priceFor,
  rateToDecimal,
  sumMicros,
  type HourlyRate,
  type Micros,
  type Milliseconds,
  type MoneyUnit,
  type Rounding,
} from "#kernel";
import type { FormulaTerm, PricedTerm } from "./contract.ts";
import { amountOf, conversionOf, conversionWords, convertTerm, rateWords, suRateOf } from "./su-rate.ts";
import { UNIT_WORDS, type DatedRate } from "./price-book.ts";

/** How much of a resource for which lengths of time, and how often. */
export type Usage = {
  readonly count: number;
  readonly spans: readonly { readonly name: string; readonly ms: Milliseconds }[];
  readonly times: number;
};

/**
 * The one function that every figure comes from: times x round(count x sum of spans x rate).
 * A worst case is rounded up and a charge half-even, once for each of `times`, so that the charges of attempts that keep within their
 * spans never add up to more than what was reserved for them.
 */
export function priceTerm(rate: DatedRate, usage: Usage, rounding: Rounding): PricedTerm {
  invariant(
    Number.isSafeInteger(usage.count) && usage.count >= 1 && Number.isSafeInteger(usage.times) && usage.times >= 1,
    "a usage has a count and a number of times of at least one",
  );
  const once = amountOnce(rate.rate, usage.count, usage.spans, rounding);
  return {
    resource: rate.resource,
    count: usage.count,
    spans: usage.spans.map(({ name, ms }) => ({ name, ms })),
    times: usage.times,
    rate: rateToDecimal(rate.rate),
    free: rate.free,
    source: rate.source,
    dated: rate.dated,
    rounding,
    amount: microsToDecimal(micros(once * BigInt(usage.times))),
  };
}

function amountOnce(rate: HourlyRate, count: number, spans: Usage["spans"], rounding: Rounding): Micros {
  const totalMs = spans.reduce((sum, span) => sum + span.ms, 0);
  return priceFor(rate, BigInt(count), BigInt(totalMs), rounding);
}

/** What the terms come to: their sum, or what a conversion makes of it. */
export function formulaAmount(terms: readonly FormulaTerm[]): Micros {
  const conversion = conversionOf(terms);
  return conversion === undefined ? sumMicros(terms.map((term) => amountOf(term))) : amountOf(conversion);
}

/**
 * The same resources at the same rates for a measured time: what one attempt is charged. Dollars are converted by the rate that the reservation was made with,
 * half-even: what is at most the dollars of a reservation is then at most its service units, because those were rounded up.
 */
export function chargeTerms(reserved: readonly FormulaTerm[], measured: Milliseconds): FormulaTerm[] {
  const priced = pricedOf(reserved).map((term) => {
    const rate = parseHourlyRate(term.rate);
    invariant(rate !== undefined, "a stored term of a formula has a rate");
    const dated: DatedRate = { resource: term.resource, rate, free: term.free, source: term.source, dated: term.dated ?? "" };
    return { ...priceTerm(dated, { count: term.count, spans: [{ name: "measured", ms: measured }], times: 1 }, "half-even"), dated: term.dated };
  });
  const conversion = conversionOf(reserved);
  return conversion === undefined ? priced : [...priced, convertTerm(suRateOf(conversion), formulaAmount(priced), 1, "half-even")];
}

function pricedOf(terms: readonly FormulaTerm[]): PricedTerm[] {
  return terms.filter((term) => term.resource !== "service-unit");
}

/**
 * `2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)`; several terms are joined by `+`.
 * Free is said: `free (condo)`. Where dollars were converted, that comes last: `..., at $0.050000 for 1 SU (council, approved by Dr Li, 2026-01-01)`.
 */
export function formulaWords(terms: readonly FormulaTerm[], unit: MoneyUnit): string {
  const conversion = conversionOf(terms);
  const words = pricedOf(terms).map((term) => termWords(term, conversion === undefined ? unit : "USD"));
  return `${words.join(" + ")}${conversion === undefined ? "" : `, ${conversionWords(conversion)}`}`;
}

function termWords(term: PricedTerm, unit: MoneyUnit): string {
  const [one, many, perHour] = UNIT_WORDS[term.resource];
  const spans = term.spans.map(({ name, ms }) => `${secondsWords(ms)} ${name}`).join(" + ");
  const times = term.times === 1 ? "" : `${term.times} x `;
  const price = term.free === null ? `${rateWords(term.rate, unit)}/${perHour}` : `free (${term.free})`;
  return `${times}${term.count} ${term.count === 1 ? one : many} x ${term.spans.length === 1 ? spans : `(${spans})`} x ${price} (${term.source}${(term.dated ?? "") === "" ? "" : `, ${term.dated}`})`;
}

/** Milliseconds only where there are any: `180 s`, `3.123 s`. */
function secondsWords(ms: number): string {
  return `${ms % 1000 === 0 ? ms / 1000 : (ms / 1000).toFixed(3)} s`;
}

/** The reason why nothing is charged, when every term is free; null otherwise. */
export function freeReason(terms: readonly FormulaTerm[]): string | null {
  const priced = pricedOf(terms);
  if (priced.length === 0 || priced.some((term) => term.free === null)) return null;
  return [...new Set(priced.map((term) => term.free))].join(", ");
}

/** An amount for people, with the word for free. */
export function amountWords(terms: readonly FormulaTerm[], unit: MoneyUnit): string {
  const free = freeReason(terms);
  return free === null ? formatMoney(formulaAmount(terms), unit) : `free (${free})`;
}
