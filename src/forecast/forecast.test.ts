import { describe, expect, test } from "vitest";
import { micros, seededRandomness } from "#kernel";
import { forecast, type ForecastFacts } from "./forecast.ts";
import { LEVELS, weightedQuantiles } from "./quantiles.ts";
import { spendingOf } from "./experts.ts";
import { outlookAt } from "./track-record.ts";
import { whatIf, type WhatIf } from "./what-if.ts";
import { sentenceOf } from "./words.ts";

const facts = (more: Partial<ForecastFacts>): ForecastFacts => ({
  history: Array.from({ length: 365 }, () => 10),
  spentToday: 0,
  left: 300,
  releases: [],
  standing: [],
  committed: [],
  end: 59,
  factor: 1,
  ...more,
});

/** Days of about ten jobs, each of about one. */
function noisy(days: number, seed: number): number[] {
  const { next } = seededRandomness(seed);
  for (let index = 0; index < 20; index++) next();
  return Array.from({ length: days }, () => Array.from({ length: 10 }, () => -Math.log(Math.max(next(), 1e-9))).reduce((sum, one) => sum + one, 0));
}

const median = LEVELS.indexOf(0.5);

describe("what will be spent", () => {
  test("an even past goes on: 10 a day empties 300 on the 31st day, for all but a few", () => {
    const { runsOut, lasts, thin } = forecast(facts({}));
    expect(runsOut.middle).toBeGreaterThanOrEqual(29);
    expect(runsOut.middle).toBeLessThanOrEqual(31);
    expect(runsOut.early!).toBeLessThanOrEqual(runsOut.middle!);
    expect(runsOut.late!).toBeGreaterThanOrEqual(runsOut.middle!);
    expect([lasts < 0.05, thin]).toEqual([true, null]);
  });

  test("each path grows day by day, and each level lies above the one below it", () => {
    const { days } = forecast(facts({ history: noisy(500, 4), end: 120 }));
    expect(days).toHaveLength(121);
    for (const [index, { spent }] of days.entries())
      for (const [level, amount] of spent.entries()) {
        if (index > 0) expect(amount).toBeGreaterThanOrEqual(days[index - 1]!.spent[level]!);
        if (level > 0) expect(amount).toBeGreaterThanOrEqual(spent[level - 1]!);
      }
  });

  test("the same past gives the same forecast, and what came after an origin changes nothing that was said there", () => {
    const all = noisy(400, 7);
    const [one, other] = [outlookAt(spendingOf(all), 300), outlookAt(spendingOf(all.slice(0, 300)))];
    expect(one.quantiles(28)).toEqual(other.quantiles(28));
    expect(outlookAt(spendingOf(all)).quantiles(28)).not.toEqual(one.quantiles(28));
  });

  test("weekdays and terms come again: a calm summer is not foreseen at the pace of spring", () => {
    const year = Array.from({ length: 364 * 2 + 150 }, (_, day) => (day % 364 >= 150 && day % 364 < 240 ? 2 : 10));
    const said = forecast(facts({ history: year, left: 100_000 })).days.at(-1)!.spent[median]!;
    // 60 days of the calm are 120; at the pace of spring they would be 600.
    expect(said).toBeGreaterThan(90);
    expect(said).toBeLessThan(240);
  });

  test("the band of 80 % holds about that share of what comes of a steady past", () => {
    let [held, count] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const all = noisy(600, seed);
      for (let origin = 200; origin + 28 <= 600; origin += 56) {
        const said = outlookAt(spendingOf(all), origin).quantiles(28);
        const actual = all.slice(origin, origin + 28).reduce((sum, one) => sum + one, 0);
        held += actual >= said[LEVELS.indexOf(0.1)]! && actual <= said[LEVELS.indexOf(0.9)]! ? 1 : 0;
        count++;
      }
    }
    expect(held / count).toBeGreaterThan(0.68);
    expect(held / count).toBeLessThan(0.93);
  });
});

describe("what is known", () => {
  test("standing costs are certain, the rest is foreseen from what is left of the past without them", () => {
    const { days } = forecast(facts({ history: Array.from({ length: 200 }, () => 0), standing: [{ perDay: 3, from: 0, to: 9 }], left: 1e6, end: 29 }));
    const last = days.at(-1)!;
    expect(days[9]!.spent.every((amount) => amount >= 30)).toBe(true);
    // The ten days of it, and no more of them afterwards.
    expect(last.spent[0]! - days[9]!.spent[0]!).toBeLessThan(last.left);
  });

  test("open reservations are spent by their day at the least, and today's charges today", () => {
    const { days } = forecast(facts({ history: Array.from({ length: 100 }, () => 1), committed: [{ day: 5, amount: 200 }], spentToday: 20, end: 9 }));
    expect(days[0]!.spent[0]).toBe(20);
    expect(days[4]!.spent[median]).toBe(20);
    expect(days[5]!.spent[0]).toBe(220);
  });

  test("money that is released before it is out carries on; what comes afterwards does not undo the day", () => {
    const saved = forecast(facts({ releases: [{ day: 10, amount: 10_000 }] }));
    expect([saved.runsOut.late, saved.lasts > 0.95]).toEqual([null, true]);
    const late = forecast(facts({ releases: [{ day: 50, amount: 10_000 }] }));
    expect(late.runsOut.middle).toBeLessThan(32);
  });

  test("what is out is out today", () => {
    expect(forecast(facts({ left: 0 }))).toMatchObject({ runsOut: { early: 0, middle: 0, late: 0 }, lasts: 0 });
  });
});

describe("how much is known", () => {
  test("without spending nothing is pretended: the bands reach from a part to a multiple of an even spending", () => {
    const { thin, days, record } = forecast(facts({ history: [], left: 600 }));
    expect([thin, record]).toEqual([{ kind: "nothing-spent" }, null]);
    expect(days.at(-1)!.spent[median]).toBeCloseTo(600, 6);
    expect(days.at(-1)!.spent[LEVELS.indexOf(0.9)]! / days.at(-1)!.spent[LEVELS.indexOf(0.1)]!).toBeGreaterThan(8);
  });

  test("the longer nothing was spent the likelier that goes on, and never is it certain", () => {
    const idleOf = (past: number) => forecast(facts({ history: Array.from({ length: past }, () => 0), left: 600 })).days.at(-1)!.spent;
    expect(idleOf(40)[LEVELS.indexOf(0.4)]).toBe(0);
    expect(idleOf(40)[LEVELS.indexOf(0.5)]).toBeGreaterThan(0);
    expect(idleOf(600)[LEVELS.indexOf(0.9)]).toBe(0);
    expect(idleOf(600).at(-1)).toBeGreaterThan(600);
  });

  test("a few days of past give wide bands and the reason; a year gives narrower ones", () => {
    const widthOf = (history: number[]) => {
      const { days, thin } = forecast(facts({ history }));
      const { spent } = days.at(-1)!;
      return { thin: thin?.kind ?? null, width: (spent[LEVELS.indexOf(0.9)]! - spent[LEVELS.indexOf(0.1)]!) / spent[median]! };
    };
    const [young, far, grown] = [widthOf(noisy(10, 1)), widthOf(noisy(60, 1)), widthOf(noisy(400, 1))];
    expect([young.thin, far.thin, grown.thin]).toEqual(["young", "far", null]);
    expect(young.width).toBeGreaterThan(far.width);
    expect(far.width).toBeGreaterThan(grown.width);
    expect(young.width).toBeGreaterThan(1.5);
  });

  test("on its first day there is a forecast too", () => {
    expect(forecast(facts({ history: [] })).thin).toEqual({ kind: "nothing-spent" });
  });

  test("the share of hits is that of the account's own earlier forecasts, each made of the days before it", () => {
    const history = noisy(500, 3);
    const { record } = forecast(facts({ history, end: 27 }));
    expect(record).toMatchObject({ ahead: 28, separate: 17 });
    const past = outlookAt(spendingOf(history), 500, 28).past(28).forecasts;
    expect(record!.forecasts).toBe(past.length);
    const { origin, quantiles, actual } = past[30]!;
    expect(actual).toBeCloseTo(
      history.slice(origin, origin + 28).reduce((sum, one) => sum + one, 0),
      6,
    );
    expect(record!.held95).toBeGreaterThanOrEqual(record!.held80);
    expect(record!.held80).toBeGreaterThanOrEqual(record!.held50);
    expect(record!.held80).toBe(
      past.filter((one) => one.actual >= one.quantiles[LEVELS.indexOf(0.1)]! && one.actual <= one.quantiles[LEVELS.indexOf(0.9)]!).length,
    );
    expect(quantiles).toHaveLength(LEVELS.length);
  });
});

test("quantiles of a weighted sample: even weights give the middle, a heavy value pulls", () => {
  const values = [4, 1, 3, 2, 5].map((value) => ({ value, weight: 1 }));
  expect(weightedQuantiles(values, [0.1, 0.5, 0.9])).toEqual([1, 3, 5]);
  expect(weightedQuantiles([{ value: 7, weight: 2 }], [0.01, 0.99])).toEqual([7, 7]);
  expect(weightedQuantiles([...values, { value: 100, weight: 20 }], [0.5])[0]).toBeGreaterThan(50);
});

describe("what if", () => {
  const ask = (more: Partial<WhatIf>) => whatIf({ price: null, spot: null, people: null, allocation: null, end: null, ...more }, 4, 90, "USD");

  test("factors multiply, each said with its formula", () => {
    const { factor, assumptions } = ask({ price: 1.2, people: 2 });
    expect(factor).toBeCloseTo(1.8, 9);
    expect(assumptions).toEqual([
      { what: "prices are 1.2 what they are", formula: "spending of jobs x 1.2; standing costs as they are" },
      {
        what: "6 people use it instead of 4",
        formula: "spending of jobs x 6 / 4 (4 had work let in during the last 90 days), each as the average one does now",
      },
    ]);
  });

  test("nobody is left when more leave than there are; more money and another end change no factor", () => {
    expect(ask({ people: -9 }).factor).toBe(0);
    expect(ask({ spot: 0.4 }).factor).toBe(0.4);
    expect(ask({ allocation: micros(5_000_000_000n), end: "2027-06-30" })).toMatchObject({
      factor: 1,
      assumptions: [{ formula: "what is left + $5,000.00" }, { what: "it ends on 2027-06-30" }],
    });
    expect(ask({ allocation: micros(-1_000_000n) }).assumptions[0]).toMatchObject({ what: "$1.00 is taken back today" });
  });

  test("twice the spending leaves half the time", () => {
    const [once, twice] = [forecast(facts({})), forecast(facts({ factor: 2 }))];
    expect(twice.runsOut.middle).toBeLessThan(once.runsOut.middle! / 2 + 2);
  });
});

describe("in words", () => {
  const dayOf = (day: number) => new Date(Date.UTC(2027, 1, 20 + day)).toISOString().slice(0, 10);
  const said = (early: number | null, middle: number | null, late: number | null, lasts: number, left = 100) =>
    sentenceOf(
      { runsOut: { early, middle, late }, lasts, days: [{ day: 0, left, spent: [] }], record: null, thin: null, known: false },
      { dayOf, end: 60, whatIf: false },
    );

  test.each([
    [[11, 19, 27, 0.01] as const, "At this pace the money runs out between 3 and 19 March (80 %), as likely before as after 11 March."],
    [[1, 19, 50, 0.01] as const, "At this pace the money runs out between 21 February and 11 April (80 %), as likely before as after 11 March."],
    [[11, 19, null, 0.34] as const, "At this pace the money probably runs out before 21 April (66 %), about 11 March; it could from 3 March on."],
    [[50, null, null, 0.7] as const, "At this pace the money probably lasts to 21 April (70 %); it could run out from 11 April on."],
    [[null, null, null, 0.99] as const, "At this pace the money lasts to 21 April (99 % or more sure)."],
    [[3, 3, 3, 0.01] as const, "At this pace the money runs out on 23 February (80 %)."],
  ])("%j", ([early, middle, late, lasts], words) => {
    expect(said(early, middle, late, lasts)).toBe(words);
  });

  test("nothing is foreseen of money that is gone", () => {
    expect(said(0, 0, 0, 0, 0)).toBe("The money has run out.");
  });

  test("of an account that was opened today no pace is told", () => {
    const fresh = forecast(facts({ history: [] }));
    expect(sentenceOf(fresh, { dayOf, end: 60, whatIf: false })).toBe("Nothing has been spent yet: there is no pace to go by.");
  });

  test("without a pace none is told, unless something known is spent", () => {
    const days = [{ day: 0, left: 100, spent: [0, 90] }];
    const nothing = {
      runsOut: { early: null, middle: null, late: null },
      lasts: 0.95,
      days,
      record: null,
      thin: { kind: "nothing-spent" },
      known: false,
    } as const;
    expect(sentenceOf(nothing, { dayOf, end: 0, whatIf: false })).toBe("Nothing has been spent yet: there is no pace to go by.");
    expect(sentenceOf({ ...nothing, known: true }, { dayOf, end: 0, whatIf: false })).toMatch(/^At this pace the money lasts/);
  });
});
