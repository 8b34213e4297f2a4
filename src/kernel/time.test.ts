import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMemory, mib, parseMemory } from "./memory.ts";
import { formatTimeLimit, parseDuration, parseTimeLimit } from "./slurm-time.ts";
import { elapsed, formatDuration, instant, instantToIso, milliseconds, parseInstant, seconds } from "./time.ts";

const limitOf = (text: string) => {
  const limit = parseTimeLimit(text);
  return limit?.kind === "limited" ? limit.seconds : limit?.kind;
};

describe("Slurm's time forms", () => {
  test.each([
    ["90", 5400],
    ["90:30", 5430],
    ["1:30:00", 5400],
    ["1-0", 86_400],
    ["1-12", 129_600],
    ["1-12:30", 131_400],
    ["1-00:00:00", 86_400],
    ["UNLIMITED", "unlimited"],
    ["infinite", "unlimited"],
    ["NOT_SET", "unset"],
  ])("%s", (text, expected) => {
    expect(limitOf(text)).toBe(expected);
  });

  test.each(["", "abc", "0", "0:00", "-5", "1.5", "1-", "1-2-3", "1:2:3:4", "1e3", "NaN", "99999999999", "1 h", "٣"])("%j is not a time limit", (text) => {
    expect(parseTimeLimit(text)).toBeUndefined();
  });

  test("what is printed is read back", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10_000_000 }), (total) => limitOf(formatTimeLimit(seconds(total))) === total));
  });

  test.each([
    ["90s", 90],
    ["15m", 900],
    ["1h30m", 5400],
    ["2d", 172_800],
    ["0s", undefined],
    ["5x", undefined],
  ])("the duration %s", (text, expected) => {
    const limit = parseDuration(text);
    expect(limit?.kind === "limited" ? limit.seconds : undefined).toBe(expected);
  });
});

describe("instants", () => {
  test("survive the wire", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => parseInstant(instantToIso(instant(ms))) === ms));
  });

  test.each(["2026-02-30", "2026-13-01", "2026-1-1", "yesterday", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00"])("%s is not an instant", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test("a leap day and an offset are read", () => {
    expect(parseInstant("2028-02-29")).toBe(Date.UTC(2028, 1, 29));
    expect(parseInstant("2026-03-29T02:30:00+01:00")).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  test("a clock set back gives no negative time", () => {
    expect(elapsed(instant(2000), instant(1000))).toBe(0);
  });

  test("durations read well", () => {
    expect([400, 12_000, 200_000, 7_500_000, 273_600_000].map((ms) => formatDuration(milliseconds(ms)))).toEqual([
      "0.4 s",
      "12 s",
      "3 min 20 s",
      "2 h 5 min",
      "3 d 4 h",
    ]);
  });
});

describe("memory", () => {
  test.each([
    ["512", 512],
    ["512M", 512],
    ["4G", 4096],
    ["1.5G", 1536],
    ["4GiB", 4096],
    ["800K", 1],
    ["1T", 1_048_576],
  ])("%s", (text, expected) => {
    expect(parseMemory(text)).toBe(expected);
  });

  test.each(["", "0", "-1G", "4X", "1e3", "NaN", "99999999T", "4 G B"])("%j is not memory", (text) => {
    expect(parseMemory(text)).toBeUndefined();
  });

  test("reads well", () => {
    expect([mib(512), mib(4096), mib(1536), mib(15_000)].map(formatMemory)).toEqual(["512 MiB", "4 GiB", "1536 MiB", "14.6 GiB"]);
  });
});
