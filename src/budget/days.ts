import { instant, parseInstant, type Instant } from "#kernel";

/* Days are days in UTC, written as "2026-11-30": awards and standing costs count in them. */

const DAY_MS = 86_400_000;

export function dayOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The day that a moment falls on in a time zone. */
export function dayIn(zone: string, at: Instant): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** The first moment of a day. */
export function startOfDay(day: string): Instant {
  return parseInstant(`${day}T00:00:00Z`) ?? instant(Number.NaN);
}

/** The last millisecond of a day: what was served on it is charged as of then. */
export function endOfDay(day: string): Instant {
  return instant(startOfDay(day) + DAY_MS - 1);
}

export function addDays(day: string, count: number): string {
  return dayOf(instant(startOfDay(day) + count * DAY_MS));
}

/** How many days from one to another, both included; 0 when the second is before the first. */
export function daysFrom(first: string, last: string): number {
  return Math.max(0, Math.round((startOfDay(last) - startOfDay(first)) / DAY_MS) + 1);
}

/** The last day of the month of a day. */
export function endOfMonth(day: string): string {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return dayOf(instant(Date.UTC(year, month, 0)));
}

/** The number of a day, by which a reservation tells its charges apart. */
export function ordinalOf(day: string): number {
  return Math.round(startOfDay(day) / DAY_MS);
}
