import { formatMoney, parseMicros, type Micros, type MoneyUnit } from "#kernel";

/** An amount of the wire as an exact integer. The contracts let nothing else through, so anything else is a fault of ours. */
export function toMicros(decimal: string): Micros {
  const amount = parseMicros(decimal);
  if (amount === undefined) throw new TypeError(`not an amount of money: ${decimal}`);
  return amount;
}

/** An amount of the wire for people, exact to the last digit the ledger holds: `$1,234.50`, `$0.000072`, `12.50 SU`. */
export function showAmount(decimal: string, unit: MoneyUnit): string {
  return formatMoney(toMicros(decimal), unit);
}

/** How many decimals the text of an amount shows; at least two, at most six. */
export function decimalsOf(text: string): number {
  return /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
}

/**
 * The share of `part` in `whole` as a percentage from 0 to 100, for drawing only: never shown as a figure.
 * Two decimals are kept, finer than a pixel of any bar.
 */
export function percentOf(part: Micros, whole: Micros): number {
  if (whole <= 0n || part <= 0n) return 0;
  const percent = Number((part * 10_000n) / whole) / 100;
  return Math.min(100, percent);
}
