import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instant, mib, microsToDecimal, milliseconds, parseHourlyRate, seconds } from "#kernel";
import type { PriceBook } from "#price";
import { estimateRun, type RunAsk } from "./estimate.ts";

const AT = instant(Date.parse("2026-11-21T12:00:00Z"));

const BOOK: PriceBook = {
  unit: "USD",
  rates: [{ resource: "core", rate: parseHourlyRate("0.042")!, free: null, source: "local rate, examples/lab.yaml", dated: "2026-11-20" }],
};

const ASK: RunAsk = {
  parametersHash: "a",
  parameters: {},
  cores: 2,
  memory: mib(1024),
  timeLimit: seconds(180),
  grace: milliseconds(10_000),
  times: 1,
  at: AT,
  scaling: { seconds: () => 6, spread: 2 },
};

describe("what a run will cost", () => {
  test("the first run of all: probably so much, at most so much, both from the same rate", () => {
    const { runTime, expected, atMost } = estimateRun(BOOK, [], ASK);
    expect(runTime).toMatchObject({ low: 3000, likely: 6000, high: 12_000 });
    // 2 cores x 6 s x $0.042 an hour, and 2 cores x 190 s, rounded up.
    expect(microsToDecimal(expected!.amount)).toBe("0.00014");
    expect(microsToDecimal(atMost.amount)).toBe("0.004434");
    expect(atMost.words).toContain("2 cores x (180 s time limit + 10 s grace)");
  });

  test("without a known run time there is no expectation, but still a worst case", () => {
    const { expected, atMost } = estimateRun(BOOK, [], { ...ASK, scaling: null });
    expect(expected).toBeNull();
    expect(microsToDecimal(atMost.amount)).toBe("0.004434");
  });

  test("without a price there is no estimate", () => {
    expect(() => estimateRun({ unit: "USD", rates: [] }, [], ASK)).toThrow(expect.objectContaining({ code: "price.missing" }));
  });

  test("what is expected is never above what is reserved", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 128 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0.001, max: 1e7, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (cores, limit, own, times) => {
          const { expected, atMost } = estimateRun(BOOK, [], { ...ASK, cores, timeLimit: seconds(limit), times, scaling: { seconds: () => own, spread: 3 } });
          expect(expected!.amount <= atMost.amount).toBe(true);
        },
      ),
    );
  });
});
