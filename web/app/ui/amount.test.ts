import { describe, expect, test } from "vitest";
import { micros } from "#kernel";
import { decimalsOf, percentOf, showAmount, toMicros } from "./amount.ts";

describe("amounts are shown as the ledger holds them", () => {
  test.each([
    ["119.999928", "USD", "$119.999928"],
    ["0.000072", "USD", "$0.000072"],
    ["1234567.50", "USD", "$1,234,567.50"],
    ["9007199254740.993001", "USD", "$9,007,199,254,740.993001"],
    ["-3.10", "USD", "-$3.10"],
    ["12.50", "SU", "12.50 SU"],
  ] as const)("%s %s is %s", (decimal, unit, shown) => {
    expect(showAmount(decimal, unit)).toBe(shown);
  });

  test("what is no amount is a fault, not a zero", () => {
    expect(() => toMicros("1e3")).toThrow(TypeError);
  });
});

test("a column leaves room for the decimals an amount does not have", () => {
  expect([decimalsOf("$120.00"), decimalsOf("$0.000072"), decimalsOf("12.5 SU")]).toEqual([2, 6, 1]);
});

describe("the share a bar draws", () => {
  test.each([
    [0n, 100n, 0],
    [1n, 3n, 33.33],
    [100n, 100n, 100],
    [250n, 100n, 100],
    [1n, 0n, 0],
    [72n, 120_000_000n, 0],
  ])("%i of %i is %d percent", (part, whole, percent) => {
    expect(percentOf(micros(part), micros(whole))).toBe(percent);
  });
});
