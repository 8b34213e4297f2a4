import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seconds } from "#kernel";
import { checkParameters } from "./parameters.ts";
import type { ParameterDefinitions } from "./schema-parameters.ts";

const DEFINITIONS: ParameterDefinitions = {
  ecut: { type: "number", description: "cutoff", unit: "Ry", min: 1, max: 100, default: 18 },
  steps: { type: "integer", description: "steps", min: 1, default: 10 },
  system: { type: "choice", description: "which", choices: ["silicon", "diamond"], default: "silicon" },
  title: { type: "text", description: "words", max_length: 20, default: "none" },
  label: { type: "text", description: "letters", max_length: 20, pattern: "[a-z-]+", default: "a" },
  relax: { type: "boolean", description: "or not", default: false },
  warm_up: { type: "duration", description: "time", max: seconds(3600), default: seconds(60) },
  input: { type: "file", description: "the structure", as: "in.xyz" },
};

const GOOD = { input: "/home/maria/water.xyz" };

function faultsOf(given: Record<string, unknown>): string[] {
  return checkParameters(DEFINITIONS, GOOD, given).faults.map((fault) => `${fault.parameter} ${fault.at} ${fault.code}: ${fault.message} | ${fault.fix}`);
}

describe("checking parameters", () => {
  test("fills in defaults, and reads values from YAML and from a command line alike", () => {
    const expected = { ecut: 24, steps: 5, system: "diamond", title: "none", label: "-a", relax: true, warm_up: 90, input: "/home/maria/water.xyz" };
    expect(checkParameters(DEFINITIONS, GOOD, { ecut: 24, steps: 5, system: "diamond", label: "-a", relax: true, warm_up: "90s" }).values).toEqual(expected);
    expect(checkParameters(DEFINITIONS, GOOD, { ecut: "2.4e1", steps: "5", system: "diamond", label: "-a", relax: "true", warm_up: "1m30s" }).values).toEqual(
      expected,
    );
  });

  test("what a job gives wins over what its case gives", () => {
    expect(checkParameters(DEFINITIONS, { ...GOOD, ecut: 12, steps: 3 }, { ecut: 24 }).values).toMatchObject({ ecut: 24, steps: 3 });
  });

  test("reports every fault at once and says what would do", () => {
    expect(faultsOf({ ecut: 0, steps: 2.5, system: "silcon", tilte: "x", relax: "yes", warm_up: "2h" })).toEqual([
      'tilte key app.parameter-unknown: there is no parameter "tilte" | Did you mean title?',
      "ecut value value.range: ecut: 0 Ry is below 1 Ry | Give a value from 1 to 100 Ry.",
      "steps value value.type: steps: 2.5 is not a whole number | null",
      'system value value.invalid: system: "silcon" is not one of silicon, diamond | Did you mean silicon?',
      'relax value value.type: relax: "yes" is not true or false | null',
      "warm_up value value.range: warm_up: 7200 s is above 3600 s | Give at most 3600 s.",
    ]);
    expect(checkParameters(DEFINITIONS, { ...GOOD, ecut: 0 }).values).toBeUndefined();
  });

  test("a parameter without a default must be given", () => {
    expect(checkParameters(DEFINITIONS, {}).faults).toMatchObject([{ code: "app.parameter-missing", parameter: "input", fix: "Give input: the structure" }]);
  });

  test("numbers are finite decimals and nothing that JavaScript would also take", () => {
    for (const value of ["", " ", "0x10", "1_000", "Infinity", "NaN", "1e999", "12abc", Number.NaN, Number.POSITIVE_INFINITY, true, null, [1]]) {
      expect(faultsOf({ ecut: value })[0], String(value)).toMatch(/^ecut value value\.type/);
    }
    expect(faultsOf({ steps: 2 ** 60 })[0]).toMatch(/^steps value value\.type/);
  });

  test("a duration without an end is refused", () => {
    expect(faultsOf({ warm_up: "unlimited" })[0]).toMatch(/^warm_up value value\.time/);
  });

  test("text cannot break out of its line, nor look like an option unless its pattern says so", () => {
    expect(faultsOf({ title: "a\n/etc" })[0]).toMatch(/value\.invalid.*line break/);
    expect(faultsOf({ title: "a\u2028b" })[0]).toMatch(/value\.invalid/);
    expect(faultsOf({ title: "-rf" })[0]).toMatch(/value\.invalid.*option/);
    expect(faultsOf({ title: "x".repeat(21) })[0]).toMatch(/value\.range/);
    expect(faultsOf({ label: "ab1" })[0]).toMatch(/value\.invalid.*does not match/);
    expect(faultsOf({ label: "--ab" })).toEqual([]);
  });

  test("whatever is given, the answer is values of the right types or a fault, never an exception", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(DEFINITIONS), "other"), fc.anything()), (given) => {
        const { values, faults } = checkParameters(DEFINITIONS, GOOD, given);
        expect(values === undefined).toBe(faults.length > 0);
        if (values === undefined) return;
        expect(values["ecut"]).toSatisfy((value) => typeof value === "number" && value >= 1 && value <= 100);
        expect(values["steps"]).toSatisfy((value) => Number.isSafeInteger(value) && (value as number) >= 1);
        expect(["silicon", "diamond"]).toContain(values["system"]);
        expect(values["title"]).toSatisfy((value) => typeof value === "string" && !/[\n\r]/.test(value));
      }),
    );
  });
});
