import { describe, expect, test } from "vitest";
import { manualClock } from "./clock.ts";
import { newId, UUID } from "./id.ts";
import { nearest } from "./nearest.ts";
import { EXIT, Problem } from "./problem.ts";
import { PROBLEMS } from "./problems.ts";
import { seededRandomness } from "./random.ts";
import { instant } from "./time.ts";

describe("ids", () => {
  test("are version 7, differ, and sort by the time they were made", () => {
    const clock = manualClock(instant(1_800_000_000_000));
    const randomness = seededRandomness(7);
    const ids = Array.from({ length: 100 }, () => {
      clock.advance(1);
      return newId(clock, randomness);
    });
    expect(ids.every((id) => UUID.test(id) && id[14] === "7")).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(100);
  });
});

describe("nearest", () => {
  test.each([
    ["max_cuont", "max_count"],
    ["nmae", "name"],
    ["NAME", "name"],
    ["zzz", undefined],
    ["x".repeat(10_000), undefined],
  ])("%s", (word, expected) => {
    expect(nearest(word, ["name", "max_count", "type"])).toBe(expected);
  });
});

describe("the problem catalogue", () => {
  test("every problem has a title, a fix, an HTTP status and a known exit code", () => {
    for (const [code, problem] of Object.entries(PROBLEMS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?$/);
      expect(problem.title.length, code).toBeGreaterThan(3);
      expect(problem.fix.endsWith("."), code).toBe(true);
      expect(problem.status, code).toBeGreaterThanOrEqual(400);
      expect(EXIT[problem.exit], code).toBeGreaterThan(0);
    }
  });

  test("a problem carries the catalogue's fix unless it has a better one", () => {
    expect(new Problem("not-yet", { detail: "x" }).fix).toBe(PROBLEMS["not-yet"].fix);
    expect(new Problem("not-yet", { detail: "x", fix: "Type y." }).fix).toBe("Type y.");
    expect(new Problem("input.invalid", { detail: "x" }).exitCode).toBe(3);
  });
});
