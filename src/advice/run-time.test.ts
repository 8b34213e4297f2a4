import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { milliseconds, seconds } from "#kernel";
import { estimateRunTime, type PastRun } from "./run-time.ts";

const ask = { parametersHash: "a", cores: 2, timeLimit: seconds(180), modelSeconds: 3 };
const runs = (...elapsed: number[]): PastRun[] => elapsed.map((ms) => ({ parametersHash: "a", cores: 2, elapsed: milliseconds(ms) }));

describe("how long a run will take", () => {
  test("without a history the app's own scaling says, as a range", () => {
    expect(estimateRunTime([], ask)).toEqual({ low: 1500, likely: 3000, high: 6000, basis: "learned from 0 runs, app's own scaling" });
  });

  test("nothing known is said to be unknown, not zero", () => {
    expect(estimateRunTime([], { ...ask, modelSeconds: null })).toMatchObject({ low: null, likely: null, high: null });
  });

  test("few runs count with a wide range, many with their own spread", () => {
    expect(estimateRunTime(runs(3000), ask)).toEqual({ low: 2000, likely: 3000, high: 4500, basis: "learned from 1 run" });
    expect(estimateRunTime(runs(1000, 2000, 3000, 4000, 5000), ask)).toEqual({ low: 1400, likely: 3000, high: 4600, basis: "learned from 5 runs" });
  });

  test("runs with other parameters or on other cores do not count", () => {
    const others = [{ parametersHash: "b", cores: 2, elapsed: milliseconds(9) }, { parametersHash: "a", cores: 1, elapsed: milliseconds(9) }];
    expect(estimateRunTime(others, ask).basis).toBe("learned from 0 runs, app's own scaling");
  });

  test("is in order and within the time limit whatever has been seen", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 40 }), fc.double({ min: 0, max: 1e9, noNaN: true }), (elapsed, modelSeconds) => {
        const { low, likely, high } = estimateRunTime(runs(...elapsed), { ...ask, modelSeconds });
        return low !== null && likely !== null && high !== null && low <= likely && likely <= high && high <= 180_000;
      }),
    );
  });
});
