import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mib, seconds } from "#kernel";
import { checkRunParameters } from "./app.ts";
import { expectedWords, judgeRun, parseNumber, wantedOf, type Observed } from "./judge.ts";
import { renderRun, type RunPlan } from "./render.ts";
import type { ResultDefinition } from "./schema-results.ts";
import { SAMPLE, sampleApp } from "./test-sample.ts";

function planOf(given: Record<string, unknown> = {}, text?: string): RunPlan {
  const app = sampleApp(text);
  return renderRun(app, { case: "small", values: checkRunParameters(app, "small", given).values!, cores: 1, memory: mib(1), timeLimit: seconds(1) });
}

function ended(log: string | null, end: Partial<Observed> = {}): Observed {
  return { exitCode: 0, signal: null, texts: { log }, files: {}, ...end };
}

const LOG = "adder v2.0\nsum = 15.0000001\nall done\n";

describe("judging a run", () => {
  test("a result within its tolerance of the recorded one is correct", () => {
    const judgement = judgeRun(planOf(), ended(LOG));
    expect(judgement).toMatchObject({ verdict: "correct", version: "2.0", summary: "sum as recorded" });
    expect(judgement.results[0]).toMatchObject({ name: "sum", value: 15.000_000_1, unit: "m", expected: 15, tolerance: 1e-6, ok: true });
    expect(expectedWords(judgement.results[0]!)).toBe("15 +- 0.000001");
  });

  test("an exit code of 0 does not make a wrong result right", () => {
    const judgement = judgeRun(planOf(), ended(LOG.replace("15.0000001", "15.001")));
    expect(judgement.verdict).toBe("wrong");
    expect(judgement.summary).toContain("15.001 differs from 15 by 0.00100, allowed is 0.000001");
  });

  test("another version is held to less", () => {
    expect(judgeRun(planOf(), ended("adder v2.1\nsum = 15.005\nall done\n"))).toMatchObject({ verdict: "correct", version: "2.1" });
    expect(judgeRun(planOf(), ended("sum = 15.005\nall done\n"))).toMatchObject({ verdict: "correct", version: null });
    expect(judgeRun(planOf(), ended("adder v2.1\nsum = 15.02\nall done\n")).verdict).toBe("wrong");
  });

  test("a version that is older than the app allows is not trusted, whatever it computed", () => {
    expect(judgeRun(planOf(), ended(LOG.replace("v2.0", "v1.4")))).toMatchObject({
      verdict: "wrong",
      summary: "version 1.4 ran, and the app needs 1.5 or newer",
    });
  });

  test("without a recorded value a run is completed, not correct", () => {
    const judgement = judgeRun(planOf({ size: 7 }), ended(LOG));
    expect(judgement.verdict).toBe("completed");
    expect(judgement.results[0]).toMatchObject({ value: 15.000_000_1, expected: null, ok: null });
  });

  test("what must be printed and is not is wrong, whatever the exit code says", () => {
    expect(judgeRun(planOf(), ended("adder v2.0\nsum = 15\n"))).toMatchObject({ verdict: "wrong", summary: 'finished: "all done" is not in the log' });
    expect(judgeRun(planOf(), ended("adder v2.0\nall done\n"))).toMatchObject({ verdict: "wrong", summary: "sum: not found in the log" });
    expect(judgeRun(planOf(), ended("adder v2.0\nsum = NaN\nall done\n"))).toMatchObject({ verdict: "wrong", summary: 'sum: "NaN" is not a number' });
    expect(judgeRun(planOf(), ended(null)).verdict).toBe("wrong");
  });

  test("a benign exit code is no failure; another one, or a signal, is, even when every result is there", () => {
    expect(judgeRun(planOf(), ended(LOG, { exitCode: 3 })).verdict).toBe("correct");
    expect(judgeRun(planOf(), ended(LOG, { exitCode: 1 }))).toMatchObject({ verdict: "failed", summary: "the program ended with exit code 1" });
    expect(judgeRun(planOf(), ended(LOG, { exitCode: null, signal: "SIGSEGV" }))).toMatchObject({
      verdict: "failed",
      summary: "the program was ended by SIGSEGV",
    });
    expect(judgeRun(planOf(), ended(LOG, { exitCode: null })).verdict).toBe("failed");
  });

  test("the last match counts, or the first, or those after a heading", () => {
    const log = "adder v2.0\nsum = 1\nsum = 2\nfinal:\nsum = 15\nall done\n";
    const value = (change: string) =>
      judgeRun(planOf({}, SAMPLE.replace("    unit: m\n    tolerance", `    unit: m\n${change}    tolerance`)), ended(log)).results[0]!.value;
    expect(value("")).toBe(15);
    expect(value("    take: first\n")).toBe(1);
    expect(value("    take: first\n    after: 'final:'\n")).toBe(15);
    expect(value("    after: nowhere\n")).toBeNull();
  });

  test("progress written over itself with carriage returns is read line by line", () => {
    expect(judgeRun(planOf(), ended("adder v2.0\r\n10 %\r50 %\rsum = 15\r\nall done\r\n")).verdict).toBe("correct");
  });
});

function checked(definition: ResultDefinition, expected: number | string | null): RunPlan {
  const closeness = { absolute: 0, relative: 0 };
  const recorded = expected === null ? [] : [{ version: "2.0", date: "2026-01-02", value: expected, same: closeness, other: closeness }];
  return { ...planOf(), checks: [{ name: "it", definition, expected: recorded }] };
}

describe("kinds of results", () => {
  const digest = "a".repeat(64);
  test("a file that must be there, with what it must at least hold", () => {
    const plan = checked({ kind: "file", path: "out.nc", min_bytes: 10 }, null);
    expect(wantedOf(plan)).toEqual({ texts: ["log"], files: [{ path: "out.nc", digest: false }] });
    expect(judgeRun(plan, ended(LOG, { files: { "out.nc": { bytes: 10, sha256: null } } })).verdict).toBe("completed");
    expect(judgeRun(plan, ended(LOG, { files: { "out.nc": { bytes: 9, sha256: null } } })).verdict).toBe("wrong");
    expect(judgeRun(plan, ended(LOG, { files: { "out.nc": null } })).verdict).toBe("wrong");
  });

  test("a file equal byte for byte to the recorded one", () => {
    const plan = checked({ kind: "sha256", path: "flagstat.txt", optional: false }, digest);
    expect(wantedOf(plan).files).toEqual([{ path: "flagstat.txt", digest: true }]);
    expect(judgeRun(plan, ended(LOG, { files: { "flagstat.txt": { bytes: 1, sha256: digest } } })).verdict).toBe("correct");
    expect(judgeRun(plan, ended(LOG, { files: { "flagstat.txt": { bytes: 1, sha256: "b".repeat(64) } } })).verdict).toBe("wrong");
  });

  test("two files equal byte for byte", () => {
    const plan = checked({ kind: "same", path: "a", as: "b" }, null);
    const files = (a: string | null, b: string | null) => ({ files: { a: { bytes: 1, sha256: a }, b: { bytes: 1, sha256: b } } });
    expect(judgeRun(plan, ended(LOG, files(digest, digest))).verdict).toBe("completed");
    expect(judgeRun(plan, ended(LOG, files(digest, "c"))).verdict).toBe("wrong");
    expect(judgeRun(plan, ended(LOG, files(null, null))).verdict).toBe("wrong");
  });

  test("text that must not appear, text that is compared, lines that are counted", () => {
    expect(judgeRun(checked({ kind: "absent", in: "log", text: "WARNING" }, null), ended(LOG)).verdict).toBe("completed");
    expect(judgeRun(checked({ kind: "absent", in: "log", text: "sum" }, null), ended(LOG)).verdict).toBe("wrong");
    const group = checked({ kind: "text", in: "log", pattern: "adder (?<value>\\S+)", take: "last", optional: false }, "v2.0");
    expect(judgeRun(group, ended(LOG)).verdict).toBe("correct");
    expect(judgeRun(group, ended("adder v3.0\n")).verdict).toBe("wrong");
    expect(judgeRun(checked({ kind: "count", in: "log", pattern: "^sum" }, 1), ended(LOG)).verdict).toBe("correct");
    expect(judgeRun(checked({ kind: "count", in: "log", pattern: "^sum", max: 0 }, null), ended(LOG)).verdict).toBe("wrong");
  });

  test("what is optional may be absent, unless a value was recorded for it", () => {
    const definition: ResultDefinition = { kind: "number", in: "log", pattern: "moment (?<value>\\S+)", take: "last", optional: true };
    expect(judgeRun(checked(definition, null), ended(LOG)).verdict).toBe("completed");
    expect(judgeRun(checked(definition, 0.7), ended(LOG)).verdict).toBe("wrong");
  });

  test("bounds hold without a recorded value", () => {
    const definition: ResultDefinition = { kind: "number", in: "log", pattern: "sum = (?<value>\\S+)", take: "last", optional: false, min: 0, max: 15 };
    expect(judgeRun(checked(definition, null), ended("sum = 15\n")).results[0]!.ok).toBe(true);
    expect(judgeRun(checked(definition, null), ended(LOG)).results[0]!.ok).toBe(false);
  });
});

describe("numbers as programs print them", () => {
  test("Fortran's exponents too", () => {
    expect(["-0.158D+02", "1.5E-3", ".5", "5.", "+7", " 12 "].map(parseNumber)).toEqual([-15.8, 0.0015, 0.5, 5, 7, 12]);
    expect(["NaN", "****", "1.2.3", "", "0x1", "1,5"].map(parseNumber)).toEqual([null, null, null, null, null, null]);
  });

  test("every double comes back as it was printed", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => parseNumber(String(value)) === value || Object.is(value, -0)));
  });

  test("a difference of exactly the tolerance passes, a larger one does not", () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }), fc.integer({ min: 1, max: 9 }), (digits, off) => {
        const decimal = (count: number) => `${count < 0 ? "-" : ""}${Math.floor(Math.abs(count) / 1e8)}.${String(Math.abs(count) % 1e8).padStart(8, "0")}`;
        const plan = checked({ kind: "number", in: "log", pattern: "e = (?<value>\\S+)", take: "last", optional: false }, Number(decimal(digits)));
        const within = {
          ...plan,
          checks: plan.checks.map((check) => ({ ...check, expected: check.expected.map((one) => ({ ...one, other: { absolute: off * 1e-8, relative: 0 } })) })),
        };
        expect(judgeRun(within, ended(`e = ${decimal(digits + off)}\n`)).results[0]!.ok).toBe(true);
        expect(judgeRun(within, ended(`e = ${decimal(digits + off + 1)}\n`)).results[0]!.ok).toBe(false);
      }),
    );
  });
});
