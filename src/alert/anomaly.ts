import { maxMicros, micros, type Micros } from "#kernel";

/** How far a day lies above the usual one, in usual spreads, with both. */
export type Anomaly = { readonly value: number; readonly usual: Micros; readonly spread: Micros };

/** The days that say what is usual; below the second nothing is. */
export const USUAL_DAYS = 60;
const USUAL_DAYS_MIN = 14;
/** The median distance from the median of numbers that are spread normally, times this, is their standard deviation. */
const NORMAL = 1.4826;
/** Where spending hardly changes a cent more is no anomaly: the spread is at least a twentieth of what is usual, and ten cents. */
const SPREAD_PART_MIN = 20n;
const SPREAD_MIN = micros(100_000n);

/**
 * The usual day is the median of the complete days before it, the spread 1.4826 times their median distance from it (MAD): half of the days may be as wild as they like and move neither far, as they
 * would move a mean. Days without spending count as nothing. Null with fewer than 14 days. Formula: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993).
 */
export function anomalyOf(before: readonly Micros[], day: Micros): Anomaly | null {
  const days = before.slice(-USUAL_DAYS);
  if (days.length < USUAL_DAYS_MIN) return null;
  const usual = median(days);
  const distance = median(days.map((one) => micros(one > usual ? one - usual : usual - one)));
  const spread = maxMicros(maxMicros(micros(BigInt(Math.round(Number(distance) * NORMAL))), micros(usual / SPREAD_PART_MIN)), SPREAD_MIN);
  return { value: Math.max(0, Number(day - usual) / Number(spread)), usual, spread };
}

/** Of an even number half way between the two in the middle. */
function median(values: readonly Micros[]): Micros {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const half = sorted.length / 2;
  return micros((sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2n);
}
