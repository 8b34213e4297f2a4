import { expect, test } from "vitest";
import type { ForecastView } from "#forecast/contract";
import { bandPath, burnDays, dayTowards, linePath, scaleOf } from "./burn-days.ts";

const row = (date: string, p50: string, left = "100.00") => ({
  date,
  left,
  p2_5: "1.00",
  p10: "2.00",
  p25: "5.00",
  p50,
  p75: "60.00",
  p90: "120.00",
  p97_5: "150.00",
});
const view = {
  account: "climate",
  today: "2027-03-10",
  end_date: "2027-03-12",
  left: "90.00",
  past: [
    { date: "2027-03-08", spend: "20.00" },
    { date: "2027-03-10", spend: "10.00" },
  ],
  path: [row("2027-03-10", "10.00"), row("2027-03-11", "20.00"), row("2027-03-12", "30.00")],
} as unknown as ForecastView;

test("the past is worked back from what is left now, the days ahead are what there is less what is spent, and never below nothing", () => {
  expect(burnDays(view).map(({ date, at, left }) => [date, at, left])).toEqual([
    ["2027-03-07", -3, "120.00"],
    ["2027-03-08", -2, "100.00"],
    ["2027-03-09", -1, "100.00"],
    ["2027-03-10", 0, "90.00"],
    ["2027-03-11", 1, "80.00"],
    ["2027-03-12", 2, "70.00"],
  ]);
  expect(burnDays(view).at(-1)).toMatchObject({ band50: ["40.00", "95.00"], band80: ["0.00", "98.00"], band95: ["0.00", "99.00"] });
});

test("the drawing reaches from the first day to the last and from nothing to the most there was", () => {
  const days = burnDays(view);
  const { x, y, most } = scaleOf(days);
  expect([most, x(-3), x(2), y("120.00"), y("0.00")]).toEqual(["120.00", 0, 1000, 0, 1000]);
  expect(linePath(days, "past")).toMatch(/^M0,0L200,/);
  expect(bandPath(days, "band80")).toMatch(/^M400,[\d.]+L600,[\d.]+L800,.*L600,1000Z$/);
});

test("without any past the drawing begins today", () => {
  const days = burnDays({ ...view, past: [] });
  expect(days.filter(({ kind }) => kind === "past").map(({ date, left }) => [date, left])).toEqual([["2027-03-09", "90.00"]]);
});

test("a key goes on to the next day of the chart where there is one a week only, and no further than its ends", () => {
  const days = burnDays({ ...view, past: [], path: [row("2027-03-10", "1.00"), row("2027-03-17", "2.00")] });
  const [yesterday, today, week] = days as [(typeof days)[0], (typeof days)[0], (typeof days)[0]];
  expect([dayTowards(days, today, 1), dayTowards(days, week, 6), dayTowards(days, yesterday, -1), dayTowards(days, week, 9)]).toEqual([
    week,
    today,
    yesterday,
    week,
  ]);
});

test("estimates are shown to the cent", () => {
  const ahead = burnDays({ ...view, past: [], path: [row("2027-03-10", "10.00", "100.004999")] }).find(({ kind }) => kind === "ahead");
  expect(ahead?.left).toBe("90.00");
});
