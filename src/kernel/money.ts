import { invariant } from "./invariant.ts";

declare const microsBrand: unique symbol;
declare const rateBrand: unique symbol;

/**
 * An amount of money (or of service units) in millionths of its unit: $1.00 is 1_000_000n.
 * Never a float; may be negative only where a difference is meant.
 */
export type Micros = bigint & { readonly [microsBrand]: "Micros" };

/** A unit price in billionths of a dollar per hour of one unit (core, node, GPU, GiB). Nine decimals are kept: $0.042/h is 42_000_000n. */
export type HourlyRate = bigint & { readonly [rateBrand]: "HourlyRate" };

/** What an account is kept in. One account has one unit for its whole life. */
export type MoneyUnit = "USD" | "SU";

/** The largest amount that fits PostgreSQL's bigint: 9.2e12 dollars. */
export const MICROS_MAX = 9_223_372_036_854_775_807n as Micros;

const NANOS_PER_MICRO = 1_000n;
const MILLISECONDS_PER_HOUR = 3_600_000n;

export function micros(value: bigint): Micros {
  return value as Micros;
}

export const ZERO_MICROS = micros(0n);

/** Plain decimal text with at most 13 digits before the point; more could not be stored. */
const DECIMAL = /^(-?)(\d{1,13})(?:\.(\d+))?$/;

function parseDecimal(text: string, decimals: number): bigint | undefined {
  const match = DECIMAL.exec(text.trim().replace(/^\$/, ""));
  if (match === null) return undefined;
  const fraction = match[3] ?? "";
  if (fraction.length > decimals) return undefined;
  const value = BigInt(match[2]!) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0") || "0");
  return match[1] === "-" ? -value : value;
}

/** Reads `12`, `12.5`, `$12.50`, `-3.000001`; undefined for anything else, more than six decimals included. */
export function parseMicros(text: string): Micros | undefined {
  const value = parseDecimal(text, 6);
  return value === undefined || value > MICROS_MAX || value < -MICROS_MAX ? undefined : micros(value);
}

/** Reads a price per hour with up to nine decimals; negative prices are refused. */
export function parseHourlyRate(text: string): HourlyRate | undefined {
  const value = parseDecimal(text, 9);
  return value === undefined || value < 0n ? undefined : (value as HourlyRate);
}

function formatDecimal(value: bigint, decimals: number, decimalsMin: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  let fraction = digits.slice(-decimals);
  while (fraction.length > decimalsMin && fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  const whole = digits.slice(0, -decimals);
  return fraction === "" ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** The wire form: a plain decimal with two to six decimals, e.g. "119.999928" or "120.00". Exact in both directions. */
export function microsToDecimal(amount: Micros): string {
  return formatDecimal(amount, 6, 2);
}

/** The wire form of a price per hour: two to nine decimals. */
export function rateToDecimal(rate: HourlyRate): string {
  return formatDecimal(rate, 9, 2);
}

/** For people: `$1,234.50`, `$0.000072`, `12.50 SU`. Never rounds: the eye sees what the ledger holds. */
export function formatMoney(amount: Micros, unit: MoneyUnit = "USD"): string {
  const text = microsToDecimal(amount);
  const [whole, fraction] = text.replace(/^-/, "").split(".") as [string, string];
  const grouped = `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
  const sign = amount < 0n ? "-" : "";
  switch (unit) {
    case "USD":
      return `${sign}$${grouped}`;
    case "SU":
      return `${sign}${grouped} SU`;
  }
}

/** How a division that does not come out even is rounded. Reservations go up; charges go half-even (IEEE 754, "banker's"). */
export type Rounding = "up" | "half-even";

/** Divides two non-negative integers under a stated rounding. */
export function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  invariant(denominator > 0n && numerator >= 0n, "divideRounded takes a non-negative numerator and a positive denominator");
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return quotient;
  if (rounding === "up") return quotient + 1n;
  const doubled = rest * 2n;
  if (doubled > denominator || (doubled === denominator && quotient % 2n === 1n)) return quotient + 1n;
  return quotient;
}

/**
 * Price of `units` units for `durationMs` milliseconds at `rate` per unit-hour.
 * Every price times quantity times time in Headgate is this one multiplication, rounded once.
 */
export function priceFor(rate: HourlyRate, units: bigint, durationMs: bigint, rounding: Rounding): Micros {
  return micros(divideRounded(rate * units * durationMs, NANOS_PER_MICRO * MILLISECONDS_PER_HOUR, rounding));
}

export function minMicros(a: Micros, b: Micros): Micros {
  return a < b ? a : b;
}

export function maxMicros(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}

export function sumMicros(amounts: Iterable<Micros>): Micros {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return micros(sum);
}
