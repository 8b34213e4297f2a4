import { describe, expect, test } from "vitest";
import type { ForecastView } from "#forecast/contract";
import { styleFor } from "../style.ts";
import { forecastText } from "./budget-forecast-text.ts";

const day = (index: number) => new Date(Date.UTC(2027, 1, 20 + index)).toISOString().slice(0, 10);
const row = (index: number) => {
  const spent = (percent: number) => ((10 * (index + 1) * percent) / 100).toFixed(2);
  return {
    date: day(index),
    left: "300.00",
    p2_5: spent(60),
    p10: spent(75),
    p25: spent(90),
    p50: spent(100),
    p75: spent(115),
    p90: spent(130),
    p97_5: spent(150),
  };
};
const view: ForecastView = {
  account: "climate",
  unit: "USD",
  as_of: "2027-02-20T12:00:00.000Z",
  zone: "UTC",
  sentence: "At this pace the money runs out between 14 and 31 March (80 %), as likely before as after 21 March.",
  today: day(0),
  end_date: day(59),
  end_of: "account",
  left: "300.00",
  limited_by: "climate",
  runs_out: { p10: day(23), p50: day(30), p90: day(39) },
  lasts: 0.02,
  bands_wide_because: null,
  track_record: { days_ahead: 28, forecasts: 47, separate: 12, held_50: 24, held_80: 37, held_95: 45 },
  assumptions: [{ what: "prices are 1.2 what they are", formula: "spending of jobs x 1.2; standing costs as they are" }],
  history_days: 400,
  past: [],
  path: Array.from({ length: 60 }, (_, index) => row(index)),
};
const plain = styleFor(false);

describe("a forecast in the terminal", () => {
  test("says the answer, how sure it is by its own record, and what is assumed with its formula", () => {
    const lines = forecastText(view, { style: plain, columns: null }).split("\n");
    expect(lines[0]).toBe(view.sentence);
    expect(lines[1]).toBe("climate has $300.00 to spend, what is reserved included. Looked at to 2027-04-20: the account's last day.");
    expect(lines).toContain("In 47 earlier forecasts of 28 days, 12 of which do not overlap, the 80 % band held the truth 79 % of the time.");
    expect(lines.find((line) => line.includes("prices are"))).toMatch(/^ {2}prices are 1\.2 what they are {2}spending of jobs x 1\.2/);
  });

  test("the table has a week, two, four and eight, and the last day; without a terminal nothing is drawn", () => {
    const text = forecastText(view, { style: plain, columns: null });
    expect(text.match(/^2027-\d\d-\d\d/gm)).toEqual([day(6), day(13), day(27), day(55), day(59)]);
    expect(text).toMatch(/^2027-02-26 +\$300\.00 +\$70\.00 +\$63\.00 to \$80\.50 +\$52\.50 to \$91\.00 +\$42\.00 to \$105\.00$/m);
    expect(text).not.toMatch(/[▁-█]/);
  });

  test("on a terminal what is left is drawn, fuller at first, empty once it is out", () => {
    const text = forecastText(view, { style: plain, columns: 100 });
    const drawn = (name: string) =>
      text
        .split("\n")
        .find((line) => line.includes(name))!
        .slice(26);
    const [middle, much] = [drawn("left in the middle"), drawn("left if much is spent")];
    expect(middle.trimEnd().length).toBeGreaterThan(much.trimEnd().length);
    expect(middle).toMatch(/^█[▁-█]* *$/);
  });

  test("says that a record is missing, and why the bands are wide", () => {
    const text = forecastText({ ...view, track_record: null, bands_wide_because: "there are only 10 days to go by" }, { style: plain, columns: null });
    expect(text).toContain(
      "How often its forecasts are right cannot be told yet: there are fewer than 8 earlier ones to look at.\nThe bands are wide: there are only 10 days to go by.\n",
    );
  });
});
