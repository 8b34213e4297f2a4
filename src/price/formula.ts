import {
  formatMoney,
  invariant,
  micros,
  microsToDecimal,
  parseHourlyRate,
  parseMicros,
  priceFor,
  rateToDecimal,
  sumMicros,
  type HourlyRate,
  type Micros,
  type Milliseconds,
  type MoneyUnit,
  type Rounding,
} from "#kernel";
import type { FormulaTerm } from "./contract.ts";
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
export function priceTerm(rate: DatedRate, usage: Usage, rounding: Rounding): FormulaTerm {
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

/** What the terms come to. Terms are our own, made by priceTerm and stored: an amount that cannot be read is a fault of ours. */
export function formulaAmount(terms: readonly FormulaTerm[]): Micros {
  return sumMicros(terms.map((term) => amountOf(term)));
}

function amountOf(term: FormulaTerm): Micros {
  const amount = parseMicros(term.amount);
  invariant(amount !== undefined, "a stored term of a formula has an amount");
  return amount;
}

/** The same resources at the same rates for a measured time: what one attempt is charged. */
export function chargeTerms(reserved: readonly FormulaTerm[], measured: Milliseconds): FormulaTerm[] {
  return reserved.map((term) => {
    const rate = parseHourlyRate(term.rate);
    invariant(rate !== undefined, "a stored term of a formula has a rate");
    const dated: DatedRate = { resource: term.resource, rate, free: term.free, source: term.source, dated: term.dated ?? "" };
    return { ...priceTerm(dated, { count: term.count, spans: [{ name: "measured", ms: measured }], times: 1 }, "half-even"), dated: term.dated };
  });
}

/**
 * `2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)`; several terms are joined by `+`.
 * Free is said: `free (condo)`.
 */
export function formulaWords(terms: readonly FormulaTerm[], unit: MoneyUnit): string {
  return terms.map((term) => termWords(term, unit)).join(" + ");
}

function termWords(term: FormulaTerm, unit: MoneyUnit): string {
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

/** At least six decimals, so that rates of cents line up: `$0.042000`. */
function rateWords(rate: string, unit: MoneyUnit): string {
  const [whole, fraction = ""] = rate.split(".");
  const text = `${whole}.${fraction.padEnd(6, "0")}`;
  return unit === "USD" ? `$${text}` : `${text} SU`;
}

/** The reason why nothing is charged, when every term is free; null otherwise. */
export function freeReason(terms: readonly FormulaTerm[]): string | null {
  if (terms.length === 0 || terms.some((term) => term.free === null)) return null;
  return [...new Set(terms.map((term) => term.free))].join(", ");
}

/** An amount for people, with the word for free. */
export function amountWords(terms: readonly FormulaTerm[], unit: MoneyUnit): string {
  const free = freeReason(terms);
  return free === null ? formatMoney(formulaAmount(terms), unit) : `free (${free})`;
}
