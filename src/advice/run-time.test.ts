import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, seededRandomness } from "#kernel";
import { estimateRunTime, type OwnScaling, type PastRun, type RunTimeAsk } from "./run-time.ts";

/** Seconds grow with the square of `size` and are divided by the cores. */
const SCALING: OwnScaling = { seconds: (parameters, cores) => (Number(parameters["size"]) ** 2 / cores) * 4, spread: 4 };

function ask(size: number, change: Partial<RunTimeAsk> = {}): RunTimeAsk {
  return { parametersHash: `size ${size}`, parameters: { size }, cores: 1, timeLimit: seconds(3600), scaling: SCALING, ...change };
}

function run(size: number, elapsedMs: number, cores = 1): PastRun {
  return { parametersHash: `size ${size}`, parameters: { size }, cores, elapsed: milliseconds(elapsedMs) };
}

describe("estimating a run time", () => {
  test("before the first run by the app's own scaling, within its spread", () => {
    expect(estimateRunTime([], ask(2))).toEqual({ low: 4000, likely: 16_000, high: 64_000, basis: "learned from 0 runs, app's own scaling" });
  });

  test("of a command that has never run nothing is known, and nothing is invented", () => {
    expect(estimateRunTime([], ask(2, { scaling: null }))).toEqual({ low: null, likely: null, high: null, basis: "not known before the first run" });
    expect(estimateRunTime([run(3, 1000)], ask(2, { scaling: null })).likely).toBeNull();
  });

  test("one run of the same command narrows it to the spread of two unknown runs", () => {
    expect(estimateRunTime([run(2, 10_000)], ask(2, { scaling: null }))).toEqual({ low: 7071, likely: 10_000, high: 14_142, basis: "learned from 1 run" });
  });

  test("runs of other sizes and cores correct the app's own scaling", () => {
    // This machine takes half of what the app says: 2 s instead of 4 s for size 1, 8 s instead of 16 s for size 2, 4 s on two cores.
    const past = [run(1, 2000), run(2, 4000, 2)];
    expect(estimateRunTime(past, ask(3))).toMatchObject({ likely: 18_000, basis: "app's own scaling, corrected by 2 runs" });
  });

  test("from three runs of the same work on, they alone count", () => {
    const past = [run(9, 5), run(2, 9000), run(2, 10_000), run(9, 5), run(2, 14_000)];
    expect(estimateRunTime(past, ask(2))).toMatchObject({ likely: 10_000, basis: "learned from 3 runs" });
  });

  test("from ten on, the range is that of eight of ten runs", () => {
    const past = Array.from({ length: 11 }, (_, index) => run(2, 10_000 + index * 100));
    expect(estimateRunTime(past, ask(2))).toEqual({ low: 10_100, likely: 10_500, high: 10_900, basis: "learned from 11 runs" });
  });

  test("only the fifty newest runs count", () => {
    const past = [...Array.from({ length: 50 }, () => run(2, 1000)), ...Array.from({ length: 200 }, () => run(2, 90_000))];
    expect(estimateRunTime(past, ask(2))).toMatchObject({ likely: 1000, high: 1000, basis: "learned from 50 runs" });
  });

  test("never more than the time limit, and it says so", () => {
    expect(estimateRunTime([], ask(2, { timeLimit: seconds(30) }))).toEqual({
      low: 4000,
      likely: 16_000,
      high: 30_000,
      basis: "learned from 0 runs, app's own scaling; its time limit may cut it short",
    });
    expect(estimateRunTime([], ask(2, { timeLimit: seconds(10) }))).toMatchObject({
      likely: 10_000,
      high: 10_000,
      basis: expect.stringContaining("will probably cut it short"),
    });
  });

  test("is ordered and within the limit whatever the past was", () => {
    const pastRun = fc.record({ size: fc.integer({ min: 0, max: 50 }), ms: fc.integer({ min: 0, max: 10_000_000 }), cores: fc.integer({ min: 1, max: 64 }) });
    fc.assert(
      fc.property(fc.array(pastRun, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 }), (past, size, limit) => {
        const { low, likely, high } = estimateRunTime(
          past.map((one) => run(one.size, one.ms, one.cores)),
          ask(size, { timeLimit: seconds(limit) }),
        );
        expect(low).toBeGreaterThanOrEqual(1);
        expect(likely).toBeGreaterThanOrEqual(low!);
        expect(high).toBeGreaterThanOrEqual(likely!);
        expect(high).toBeLessThanOrEqual(limit * 1000);
      }),
    );
  });

  test("of runs that scatter as runs do, about four of five fall into the range it gives", () => {
    const random = seededRandomness(20_261_121);
    // The sum of twelve uniform numbers less six is close to a normal one; runs scatter by about 15 per cent.
    const scattered = () => 10_000 * Math.exp(0.15 * (Array.from({ length: 12 }, () => random.next()).reduce((sum, one) => sum + one, 0) - 6));
    let inside = 0;
    const trials = 2000;
    for (let trial = 0; trial < trials; trial += 1) {
      const { low, high } = estimateRunTime(
        Array.from({ length: 30 }, () => run(2, scattered())),
        ask(2),
      );
      const next = scattered();
      if (next >= low! && next <= high!) inside += 1;
    }
    expect(inside / trials).toBeGreaterThan(0.72);
    expect(inside / trials).toBeLessThan(0.86);
  });
});
