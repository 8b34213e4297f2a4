import { instant, type Instant } from "#kernel";
import { dayAt, firstOfMonth, nextDay, nextMonth, startOfDay } from "../local-days.ts";

/** What one row of a report counts: from the first moment to before the last. `label` is the day or month, "" for all of it. */
export type Period = { readonly label: string; readonly startsAt: Instant; readonly endsAt: Instant };

/** Stretches of one length that are added to a period, or taken off it again. */
export type Piece = { readonly label: string; readonly grain: Grain; readonly startsAt: Instant; readonly endsAt: Instant; readonly sign: 1 | -1 };
export type Grain = "month" | "day" | "quarter";

/** Days from first to last, both included, in a time zone: as one period, or one for each day or month in it. */
export function periodsOf(first: string, last: string, zone: string, each: "day" | "month" | null): Period[] {
  const end = nextDay(last);
  const periods: Period[] = [];
  let startsAt = startOfDay(first, zone);
  for (let from = first; from < end;) {
    const next = each === null ? end : each === "day" ? nextDay(from) : firstOfMonth(nextMonth(from.slice(0, 7)));
    const until = next < end ? next : end;
    const label = each === null ? "" : each === "day" ? from : from.slice(0, 7);
    const endsAt = startOfDay(until, zone);
    periods.push({ label, startsAt, endsAt });
    [from, startsAt] = [until, endsAt];
  }
  return periods;
}

/** How many days a period has at most. */
export function daysBetween(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS) + 1;
}

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;

function nearestDay(at: Instant): Instant {
  return instant(Math.round(at / DAY_MS) * DAY_MS);
}

function nearestMonth(at: Instant): Instant {
  const day = dayAt(at, "UTC");
  const begin = startOfDay(firstOfMonth(day.slice(0, 7)), "UTC");
  const next = startOfDay(firstOfMonth(nextMonth(day.slice(0, 7))), "UTC");
  return at - begin <= next - at ? begin : next;
}

/**
 * A period out of months and days in UTC and quarters of an hour: from its begin to the nearest day by quarters, from there to the nearest month by days, then whole months, and the
 * same way down to its end. Where the nearest lies before the begin or behind the end, what is too much is taken off again. So a month of any zone is read out of
 * one sum for each work and the hours by which the zone differs, however much was used in it.
 */
export function piecesOf({ label, startsAt, endsAt }: Period): Piece[] {
  const [firstDay, lastDay] = [nearestDay(startsAt), nearestDay(endsAt)];
  const [firstMonth, lastMonth] = [nearestMonth(firstDay), nearestMonth(lastDay)];
  const steps: [Grain, Instant, Instant][] =
    firstMonth < lastMonth
      ? [
          ["quarter", startsAt, firstDay],
          ["day", firstDay, firstMonth],
          ["month", firstMonth, lastMonth],
          ["day", lastMonth, lastDay],
          ["quarter", lastDay, endsAt],
        ]
      : [
          ["quarter", startsAt, firstDay],
          ["day", firstDay, lastDay],
          ["quarter", lastDay, endsAt],
        ];
  return steps.flatMap(([grain, from, to]): Piece[] => {
    if (from === to) return [];
    return from < to ? [{ label, grain, startsAt: from, endsAt: to, sign: 1 }] : [{ label, grain, startsAt: to, endsAt: from, sign: -1 }];
  });
}

/** Whether a moment lies between two quarters of an hour, so that no stretch reaches across it. */
export function isOnQuarter(at: Instant): boolean {
  return at % QUARTER_MS === 0;
}
