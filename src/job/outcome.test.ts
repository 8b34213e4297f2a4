import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { milliseconds, seconds } from "#kernel";
import { chargeableElapsed, decideEnd, endStateOf, lostElapsed, measuredElapsed, readStatus, type EndFacts } from "./outcome.ts";

const facts = (more: Partial<EndFacts>): EndFacts => ({
  status: 0,
  elapsed: milliseconds(500),
  timeLimit: seconds(10),
  cancelled: null,
  outOfMemory: false,
  stopped: null,
  verdict: null,
  ...more,
});
const good = { ok: true, reason: "total energy as recorded", values: [] };
const bad = { ok: false, reason: "total energy: -15.8 differs from -15.9", values: [] };

test("an attempt that was lost ended because its machine failed only when that was started anew", () => {
  expect(endStateOf("lost", true)).toBe("NODE_FAIL");
  expect(endStateOf("lost", false)).toBe("FAILED");
  expect((["completed", "timeout", "out-of-memory", "cancelled", "failed"] as const).map((outcome) => endStateOf(outcome, false))).toEqual([
    "COMPLETED",
    "TIMEOUT",
    "OUT_OF_MEMORY",
    "CANCELLED",
    "FAILED",
  ]);
});

describe("how an attempt ended", () => {
  test.each<[string, Partial<EndFacts>, { outcome: string; exitCode: number | null; signal: string | null; reason: string }]>([
    ["a command with exit code 0", {}, { outcome: "completed", exitCode: 0, signal: null, reason: "exit code 0" }],
    ["a command with another exit code", { status: 2 }, { outcome: "failed", exitCode: 2, signal: null, reason: "exit code 2" }],
    ["an app with exit code 0 and good results", { verdict: good }, { outcome: "completed", exitCode: 0, signal: null, reason: "total energy as recorded" }],
    ["an app with exit code 0 and bad results", { verdict: bad }, { outcome: "failed", exitCode: 0, signal: null, reason: bad.reason }],
    [
      "an app for which another exit code is no failure",
      { status: 3, verdict: good },
      { outcome: "completed", exitCode: 3, signal: null, reason: good.reason },
    ],
    ["a signal", { status: 139 }, { outcome: "failed", exitCode: null, signal: "SIGSEGV", reason: "ended by SIGSEGV" }],
    ["an exit code above 128 that is no signal", { status: 200 }, { outcome: "failed", exitCode: 200, signal: null, reason: "exit code 200" }],
    [
      "the time limit, obeyed",
      { status: 124, elapsed: milliseconds(10_001) },
      { outcome: "timeout", exitCode: null, signal: "SIGTERM", reason: "ran into its time limit of 10 s" },
    ],
    [
      "the time limit, ignored",
      { status: 137, elapsed: milliseconds(20_001) },
      { outcome: "timeout", exitCode: null, signal: "SIGKILL", reason: "ran into its time limit of 10 s" },
    ],
    ["an own exit code of 124 before the limit", { status: 124 }, { outcome: "failed", exitCode: 124, signal: null, reason: "exit code 124" }],
    ["a kill from outside before the limit", { status: 137 }, { outcome: "failed", exitCode: null, signal: "SIGKILL", reason: "ended by SIGKILL" }],
    [
      "memory, whatever the status",
      { status: 137, outOfMemory: true },
      { outcome: "out-of-memory", exitCode: null, signal: "SIGKILL", reason: "used more memory than it reserved" },
    ],
    [
      "memory, without a status",
      { status: null, outOfMemory: true },
      { outcome: "out-of-memory", exitCode: null, signal: null, reason: "used more memory than it reserved" },
    ],
    [
      "a cancel, whatever the status",
      { status: 0, cancelled: { by: "maria", reason: "wrong input" } },
      { outcome: "cancelled", exitCode: 0, signal: null, reason: "cancelled by maria: wrong input" },
    ],
    [
      "a stop by Headgate itself",
      { status: 143, stopped: "printed more than 1 GiB" },
      { outcome: "failed", exitCode: null, signal: "SIGTERM", reason: "printed more than 1 GiB" },
    ],
    [
      "nobody knows how",
      { status: null },
      { outcome: "lost", exitCode: null, signal: null, reason: "its end was not seen: no outcome was written and its process is gone" },
    ],
    [
      "a program that is not there",
      { status: 127, verdict: bad },
      { outcome: "failed", exitCode: 127, signal: null, reason: "exit code 127: the program was not found" },
    ],
    [
      "a program that cannot be started",
      { status: 126 },
      { outcome: "failed", exitCode: 126, signal: null, reason: "exit code 126: the program could not be started" },
    ],
  ])("%s", (_what, more, expected) => expect(decideEnd(facts(more))).toEqual(expected));

  test("there is one outcome and one reason for any facts", () => {
    const anyFacts = fc.record({
      status: fc.option(fc.integer({ min: 0, max: 255 })),
      elapsed: fc.integer({ min: 0, max: 99_999 }).map(milliseconds),
      timeLimit: fc.integer({ min: 1, max: 99 }).map(seconds),
      cancelled: fc.option(fc.constant({ by: "maria", reason: null })),
      outOfMemory: fc.boolean(),
      stopped: fc.option(fc.constant("printed too much")),
      verdict: fc.option(fc.constantFrom(good, bad)),
    });
    fc.assert(
      fc.property(anyFacts, (any) => {
        const end = decideEnd(any);
        expect(end.reason).not.toBe("");
        if (any.status === null) expect(end.outcome).not.toBe("completed");
        if (end.outcome === "completed") expect(any.verdict?.ok ?? any.status === 0).toBe(true);
      }),
    );
  });
});

test("a shell's status is an exit code or a signal", () => {
  expect(readStatus(0)).toEqual({ exitCode: 0, signal: null });
  expect(readStatus(143)).toEqual({ exitCode: null, signal: "SIGTERM" });
  expect(readStatus(null)).toEqual({ exitCode: null, signal: null });
});

describe("elapsed time", () => {
  test("comes from the finer clock while both agree, and from the one nobody can set when they do not", () => {
    expect(measuredElapsed(1_234.6, 1_230)).toBe(1_235);
    expect(measuredElapsed(-3_600_000, 1_230)).toBe(1_230);
    expect(measuredElapsed(3_600_000, 1_230)).toBe(1_230);
    expect(measuredElapsed(-3, 0)).toBe(0);
  });

  test("is charged up to limit and grace, and not for what our own wrapper took beyond", () => {
    expect(chargeableElapsed(milliseconds(5_000), seconds(10), milliseconds(300))).toBe(5_000);
    expect(chargeableElapsed(milliseconds(10_345), seconds(10), milliseconds(300))).toBe(10_300);
  });

  test("of a lost attempt ends with its last sign of life, and is nothing without a start", () => {
    expect(lostElapsed(1_000, 4_000)).toBe(3_000);
    expect(lostElapsed(4_000, 1_000)).toBe(0);
    expect(lostElapsed(null, 9_000)).toBe(0);
  });
});
