import type { Micros, MoneyUnit } from "#kernel";
import type { FormulaTerm } from "#price";
import { addDays, daysFrom, endOfMonth } from "../days.ts";

/** What costs money each day whether or not anything runs. Days are days in UTC, as "2026-11-30"; the last one is charged, too. */
export type StandingCost = {
  readonly name: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly perDay: Micros;
  readonly formula: readonly FormulaTerm[];
  /** Where the figure comes from. */
  readonly source: string;
  /** Who added it. */
  readonly person: string;
  readonly startsOn: string;
  readonly endsOn: string | null;
  /** The last day that is charged; the day before the first while none is. */
  readonly accruedTo: string;
  readonly holdId: string | null;
  readonly heldTo: string | null;
  /** The same while the reservation is open; null when it was released, e.g. by hand. */
  readonly reservedTo: string | null;
};

function earlier(a: string | null, b: string): string {
  return a !== null && a < b ? a : b;
}

/**
 * Up to which day is reserved from `day` on: to the end of the account that pays, where it has one, else to the end of the month; never beyond the end of the cost. `payerEndsOn`: the
 * last day of the account, or of the nearest above that ends.
 */
export function reserveTo(day: string, cost: Pick<StandingCost, "endsOn">, payerEndsOn: string | null): string {
  return earlier(cost.endsOn, payerEndsOn !== null && payerEndsOn >= day ? payerEndsOn : endOfMonth(day));
}

/** The days that are over and not charged yet, at most so many at once. */
export function daysDue(cost: Pick<StandingCost, "accruedTo" | "endsOn">, today: string, most: number): readonly string[] {
  const last = earlier(cost.endsOn, addDays(today, -1));
  const count = Math.min(most, daysFrom(addDays(cost.accruedTo, 1), last));
  return Array.from({ length: count }, (_, index) => addDays(cost.accruedTo, index + 1));
}
