import { describe, expect, test } from "vitest";
import { addMs, instant, instantToIso, milliseconds, type Instant } from "#kernel";
import { dayAt, isTimeZone, lastOfMonth, nextDay, nextMonth, startOfDay } from "./local-days.ts";
import { isOnQuarter, periodsOf, piecesOf } from "./usage/period.ts";

const ZONES = Intl.supportedValuesOf("timeZone");
const iso = (at: Instant) => instantToIso(at).replace(".000Z", "Z");

describe("days of a time zone", () => {
  test("begin at midnight there, and have 23 or 25 hours when the clock changes", () => {
    expect(iso(startOfDay("2026-11-01", "America/Chicago"))).toBe("2026-11-01T05:00:00Z");
    expect(iso(startOfDay("2026-11-02", "America/Chicago"))).toBe("2026-11-02T06:00:00Z");
    expect(iso(startOfDay("2026-03-29", "Europe/Berlin"))).toBe("2026-03-28T23:00:00Z");
    expect(iso(startOfDay("2026-03-30", "Europe/Berlin"))).toBe("2026-03-29T22:00:00Z");
    expect(iso(startOfDay("2026-07-01", "Asia/Kathmandu"))).toBe("2026-06-30T18:15:00Z");
  });

  test("begin later where midnight is jumped over, at the first of two midnights, and a day that was left out is empty", () => {
    // Havana's clock went from 24:00 to 01:00, and in November from 01:00 back to midnight.
    expect(iso(startOfDay("2026-03-08", "America/Havana"))).toBe("2026-03-08T05:00:00Z");
    expect(iso(startOfDay("2026-11-01", "America/Havana"))).toBe("2026-11-01T04:00:00Z");
    expect(startOfDay("2011-12-30", "Pacific/Apia")).toBe(startOfDay("2011-12-31", "Pacific/Apia"));
  });

  test("are followed without a gap in every zone of the list, and begin on a quarter of an hour since 1980", () => {
    expect(ZONES.length).toBeGreaterThan(300);
    for (const zone of ZONES) {
      for (const day of ["1980-01-01", "1995-07-15", "2026-03-08", "2026-11-01"]) {
        const [start, next] = [startOfDay(day, zone), startOfDay(nextDay(day), zone)];
        expect([zone, day, isOnQuarter(start)]).toEqual([zone, day, true]);
        expect([zone, dayAt(start, zone), dayAt(instant(start - 1), zone) < day]).toEqual([zone, day, true]);
        expect([zone, dayAt(instant(next - 1), zone)]).toEqual([zone, day]);
      }
    }
  });

  test("are counted over the ends of months and years, and what is no zone is none", () => {
    expect([nextDay("2026-12-31"), nextMonth("2026-12"), lastOfMonth("2028-02")]).toEqual(["2027-01-01", "2027-01", "2028-02-29"]);
    expect([isTimeZone("UTC"), isTimeZone("Europe/Berlin"), isTimeZone("Europe/Atlantis")]).toEqual([true, true, false]);
  });
});

describe("the stretches of a period", () => {
  const LENGTHS = { day: 86_400_000, quarter: 900_000 } as const;

  test("cover each moment of it once and no other, whatever the zone", () => {
    for (const zone of ["UTC", "America/Chicago", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Havana"]) {
      for (const [first, last, each] of [
        ["2026-11-01", "2026-11-30", null],
        ["2026-02-27", "2026-04-02", "month"],
        ["2026-03-05", "2026-03-12", "day"],
        ["2026-06-15", "2026-06-15", null],
        ["2024-12-31", "2026-01-01", null],
      ] as const) {
        for (const period of periodsOf(first, last, zone, each)) {
          const pieces = piecesOf(period);
          const covers = (at: Instant) => pieces.filter((piece) => at >= piece.startsAt && at < piece.endsAt).reduce((sum, { sign }) => sum + sign, 0);
          const edges = [period.startsAt, period.endsAt, ...pieces.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt])];
          for (const edge of edges) {
            for (const moment of [-LENGTHS.day, -1, 0, 1, LENGTHS.day].map((ms) => addMs(edge, milliseconds(ms)))) {
              expect([zone, first, iso(moment), covers(moment)]).toEqual([
                zone,
                first,
                iso(moment),
                moment >= period.startsAt && moment < period.endsAt ? 1 : 0,
              ]);
            }
          }
          for (const { grain, startsAt, endsAt } of pieces) {
            const aligned = (at: Instant) => (grain === "month" ? iso(at).endsWith("-01T00:00:00Z") : at % LENGTHS[grain] === 0);
            expect([zone, grain, aligned(startsAt), aligned(endsAt)]).toEqual([zone, grain, true, true]);
          }
        }
      }
    }
  });

  test("are five for a month, of which the long one is the month itself", () => {
    const [period] = periodsOf("2026-11-01", "2026-11-30", "America/Chicago", null);
    expect(piecesOf(period!).map(({ grain, startsAt, endsAt, sign }) => [grain, iso(startsAt), iso(endsAt), sign])).toEqual([
      ["quarter", "2026-11-01T00:00:00Z", "2026-11-01T05:00:00Z", -1],
      ["month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 1],
      ["quarter", "2026-12-01T00:00:00Z", "2026-12-01T06:00:00Z", 1],
    ]);
  });
});
