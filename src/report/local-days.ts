import { instant, invariant, type Instant } from "#kernel";

/*
 * Days and months as a reader's calendar has them, in a time zone of the IANA list, across changes of the clock. A day is written as "2026-11-30", a month as "2026-11".
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const calendars = new Map<string, Intl.DateTimeFormat>();

/** As many as there are zones; more are other spellings of them. */
const CALENDARS_MAX = 1_000;

export function isTimeZone(zone: string): boolean {
  try {
    calendarOf(zone);
    return true;
  } catch {
    return false;
  }
}

function calendarOf(zone: string): Intl.DateTimeFormat {
  const known = calendars.get(zone);
  if (known !== undefined) return known;
  const options = {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  } as const;
  const made = new Intl.DateTimeFormat("en-US", { ...options, hourCycle: "h23" });
  if (calendars.size >= CALENDARS_MAX) calendars.clear();
  calendars.set(zone, made);
  return made;
}

function partsAt(at: Instant, zone: string): Record<string, string> {
  return Object.fromEntries(
    calendarOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
}

/** The day that a moment lies in. */
export function dayAt(at: Instant, zone: string): string {
  const { year, month, day } = partsAt(at, zone);
  return `${(year ?? "").padStart(4, "0")}-${month}-${day}`;
}

/** The moment on the clock on the wall: "2026-11-01 01:30". */
export function wallTime(at: Instant, zone: string): string {
  const { hour, minute } = partsAt(at, zone);
  return `${dayAt(at, zone)} ${hour}:${minute}`;
}

/** The first moment of a day: midnight, or where the clock jumps over midnight the moment to which it jumps. Every offset is less than 15 hours and whole minutes. */
export function startOfDay(day: string, zone: string): Instant {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  invariant(!Number.isNaN(midnight), "a day is a day of the calendar");
  const shown = Date.parse(`${wallTime(instant(midnight), zone).replace(" ", "T")}:00Z`);
  const usual = 2 * midnight - shown;
  if (dayAt(instant(usual), zone) === day && dayAt(instant(usual - MINUTE_MS), zone) < day) return instant(usual);
  // The clock changes about midnight. The day that it shows never goes back, so the first minute of the day is found by halving.
  let [before, from] = [midnight - 15 * 60 * MINUTE_MS, midnight + 15 * 60 * MINUTE_MS];
  while (from - before > MINUTE_MS) {
    const middle = before + Math.floor((from - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (dayAt(instant(middle), zone) >= day) from = middle;
    else before = middle;
  }
  return instant(from);
}

export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

export function firstOfMonth(month: string): string {
  return `${month}-01`;
}

export function nextMonth(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

export function lastOfMonth(month: string): string {
  return new Date(Date.parse(`${nextMonth(month)}-01T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}
