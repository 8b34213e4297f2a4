import {
  divideRounded,
  formatMoney,
  invariant,
  micros,
  MICROS_MAX,
  microsToDecimal,
  parseHourlyRate,
  parseMicros,
  Problem,
  rateToDecimal,
  type HourlyRate,
  type Micros,
  type MoneyUnit,
  type Rounding,
} from "#kernel";
import type { ConversionTerm, FormulaTerm } from "./contract.ts";

/** What one service unit is worth from a day on. */
export type SuRate = {
  /** Billionths of a dollar for one service unit; never 0. */
  readonly rate: HourlyRate;
  /** Where it comes from and who approved it, for people. */
  readonly source: string;
  /** The day (UTC) from which it holds. */
  readonly dated: string;
};

const NANOS = 1_000_000_000n;

/** What dollars are in service units: `times` times, each rounded once. Throws `budget.amount-invalid` for more than an account can have. */
export function convertTerm({ rate, source, dated }: SuRate, dollars: Micros, times: number, rounding: Rounding): ConversionTerm {
  invariant(rate > 0n, "a service unit is worth something");
  const once = divideRounded(dollars * NANOS, rate, rounding);
  if (once * BigInt(times) > MICROS_MAX)
    throw new Problem("budget.amount-invalid", { detail: `${formatMoney(dollars)} at $${rateToDecimal(rate)} for 1 SU is more than an account can have` });
  return {
    resource: "service-unit",
    dollars: microsToDecimal(dollars),
    times,
    rate: rateToDecimal(rate),
    source,
    dated,
    rounding,
    amount: microsToDecimal(micros(once * BigInt(times))),
  };
}

/** The rate that a stored conversion was made with. */
export function suRateOf({ rate: text, source, dated }: ConversionTerm): SuRate {
  const rate = parseHourlyRate(text);
  invariant(rate !== undefined, "a stored conversion has a rate");
  return { rate, source, dated };
}

/** A formula is converted as a whole, and so at most once. */
export function conversionOf(terms: readonly FormulaTerm[]): ConversionTerm | undefined {
  return terms.find((term) => term.resource === "service-unit");
}

/** Throws `price.su-rate-missing`: a rate that is not there is neither 1 nor 0. */
export function requireSuRate(rate: SuRate | null, account: string, day: string): SuRate {
  if (rate !== null) return rate;
  throw new Problem("price.su-rate-missing", { detail: `there is no rate of service units for ${account} on ${day}`, facts: { account, day } });
}

export function conversionWords(term: ConversionTerm): string {
  return `at ${rateWords(term.rate, "USD")} for 1 SU (${term.source}, ${term.dated})`;
}

/** At least six decimals, so that rates of cents line up: `$0.042000`. */
export function rateWords(rate: string, unit: MoneyUnit): string {
  const [whole, fraction = ""] = rate.split(".");
  const text = `${whole}.${fraction.padEnd(6, "0")}`;
  return unit === "USD" ? `$${text}` : `${text} SU`;
}

/** Terms are our own, stored as they were made: an amount that cannot be read is a fault of ours. */
export function amountOf(term: FormulaTerm): Micros {
  const amount = parseMicros(term.amount);
  invariant(amount !== undefined, "a stored term of a formula has an amount");
  return amount;
}
