import { describe, expect, test } from "vitest";
import { micros, type Micros } from "#kernel";
import { anomalyOf } from "./anomaly.ts";
import { waitAfter } from "./backoff.ts";
import { usualMargin } from "./rule.ts";

const dollars = (amount: number): Micros => micros(BigInt(Math.round(amount * 1_000_000)));
const days = (...amounts: readonly number[]) => amounts.map(dollars);
const value = (before: readonly Micros[], day: number) => Math.round(anomalyOf(before, dollars(day))!.value * 100) / 100;

describe("a day's spending", () => {
  const fortnight = days(8, 12, 9, 11, 10, 8, 12, 9, 11, 10, 8, 12, 9, 11);
  test("is measured by the median of the days before and their median distance from it", () => {
    // The median is 10, the distances from it are 0 0 1 1 1 1 1 1 2 2 2 2 2 2, their median 1: a spread of 1.4826.
    expect([value(fortnight, 10), value(fortnight, 11.4826), value(fortnight, 24.826)]).toEqual([0, 1, 10]);
    expect(value(fortnight, 2)).toBe(0);
  });

  test("is judged the same when a few days before were wild", () => {
    const wild = [...fortnight.slice(0, 11), ...days(9000, 0, 70_000)];
    expect(anomalyOf(wild, dollars(40))!.value).toBeGreaterThan(10);
  });

  test("has a spread where every day is alike: a twentieth of what is usual, and ten cents", () => {
    expect(value(days(...Array.from({ length: 30 }, () => 100)), 110)).toBe(2);
    expect(value(days(...Array.from({ length: 30 }, () => 0)), 1)).toBe(10);
  });

  test("is no anomaly before there are 14 days, and only the last 60 say what is usual", () => {
    expect(anomalyOf(fortnight.slice(1), dollars(1000))).toBeNull();
    const before = [...days(...Array.from({ length: 100 }, () => 5000)), ...days(...Array.from({ length: 60 }, () => 10))];
    expect(anomalyOf(before, dollars(20))!.usual).toBe(dollars(10));
  });
});

test("a receiver that is away is asked less and less often, and every quarter of an hour in the end", () => {
  expect([1, 2, 3, 8, 9, 10_000].map(waitAfter)).toEqual([5_000, 10_000, 20_000, 640_000, 900_000, 900_000]);
});

test("margins are in the unit of their measure", () => {
  expect([usualMargin("spent"), usualMargin("runs-out"), usualMargin("anomaly")]).toEqual([5, 3, 1]);
});
