import { expect, test } from "vitest";
import { exitCode, lastLine, tally, type RunResult } from "./tally.ts";

const run = (states: string, faults: string[] = []): RunResult => ({
  tests: states.split("").map((letter, index) => ({
    name: `test ${index}`,
    state: ({ p: "passed", f: "failed", s: "skipped", n: "pending" } as const)[letter as "p" | "f" | "s" | "n"],
  })),
  faults,
});

test("counts what passed, failed and was skipped", () => {
  expect(lastLine(tally(run("pppfs"), false))).toBe("3 passed, 1 failed, 1 skipped");
});

test("leaves out skipped when nothing was", () => {
  expect(lastLine(tally(run("pp"), false))).toBe("2 passed, 0 failed");
});

test("a file that cannot be loaded is a failure", () => {
  const counts = tally(run("pp", ["src/a.test.ts: Cannot find module"]), false);
  expect([lastLine(counts), exitCode(counts)]).toEqual(["2 passed, 1 failed", 1]);
});

test("a test that never ran is a failure", () => {
  expect(lastLine(tally(run("pn"), false))).toBe("1 passed, 1 failed");
});

test("in CI a skipped test is a failure", () => {
  const counts = tally(run("ppss"), true);
  expect([lastLine(counts), exitCode(counts)]).toEqual(["2 passed, 2 failed", 1]);
});

test("a run without one test that passed is no success", () => {
  expect([exitCode(tally(run(""), false)), exitCode(tally(run("ss"), false)), exitCode(tally(run("ps"), false))]).toEqual([1, 1, 0]);
});
