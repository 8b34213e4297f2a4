import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divideRounded, formatMoney, micros, microsToDecimal, MICROS_MAX, parseHourlyRate, parseMicros, priceFor, rateToDecimal, sumMicros } from "./money.ts";

const anyMicros = fc.bigInt({ min: -MICROS_MAX, max: MICROS_MAX }).map(micros);

describe("money", () => {
  test("survives the wire exactly", () => {
    fc.assert(fc.property(anyMicros, (amount) => parseMicros(microsToDecimal(amount)) === amount));
  });

  test("a price per hour survives the wire exactly", () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 21n }), (rate) => parseHourlyRate(rateToDecimal(rate as never)) === rate));
  });

  test.each([
    ["12", 12_000_000n],
    ["12.5", 12_500_000n],
    ["$12.50", 12_500_000n],
    ["0.000072", 72n],
    ["-3.000001", -3_000_001n],
    ["9223372036854.775807", 9_223_372_036_854_775_807n],
    ["-9223372036854.775807", -9_223_372_036_854_775_807n],
    [" $7 ", 7_000_000n],
  ])("%s is read", (text, expected) => {
    expect(parseMicros(text)).toBe(expected);
  });

  test.each([
    "",
    "abc",
    "1e3",
    "1.0000001",
    "NaN",
    "Infinity",
    "0x10",
    "1,000",
    "12.",
    ".5",
    "--1",
    "9223372036854.775808",
    "-9223372036854.775808",
    "1$2",
    "99999999999999",
    "１２",
    "12 34",
  ])("%j is not money", (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });

  test("is shown grouped, with its sign before the dollar and no digit lost", () => {
    expect(formatMoney(micros(1_234_567_890n))).toBe("$1,234.56789");
    expect(formatMoney(micros(-72n))).toBe("-$0.000072");
    expect(formatMoney(micros(12_500_000n), "SU")).toBe("12.50 SU");
    expect(formatMoney(micros(-1_234_567_890_000_000n))).toBe("-$1,234,567,890.00");
    expect([formatMoney(micros(0n)), microsToDecimal(micros(0n)), formatMoney(micros(999_000_000n))]).toEqual(["$0.00", "0.00", "$999.00"]);
  });

  test("a price per hour is never negative, and nothing but a number", () => {
    expect([parseHourlyRate("0"), parseHourlyRate("0.000000001"), parseHourlyRate("-0.1"), parseHourlyRate("free")]).toEqual([0n, 1n, undefined, undefined]);
  });

  test("amounts add up", () => {
    expect([sumMicros([]), sumMicros([micros(3n), micros(-1n), micros(5n)])]).toEqual([0n, 7n]);
  });

  test("what is divided is not negative, and by more than nothing", () => {
    for (const [numerator, denominator] of [
      [1n, 0n],
      [1n, -1n],
      [-1n, 1n],
    ] as const)
      expect(() => divideRounded(numerator, denominator, "up")).toThrow("non-negative numerator");
    expect(divideRounded(0n, 1n, "half-even")).toBe(0n);
  });

  test("halves go to the even neighbour, reservations go up", () => {
    expect([5n, 15n, 25n, 26n].map((n) => divideRounded(n, 10n, "half-even"))).toEqual([0n, 2n, 2n, 3n]);
    expect([0n, 1n, 10n, 11n].map((n) => divideRounded(n, 10n, "up"))).toEqual([0n, 1n, 1n, 2n]);
  });

  test("two cores for 190 s at $0.042 an hour are reserved at $0.004434", () => {
    expect(microsToDecimal(priceFor(parseHourlyRate("0.042")!, 2n, 190_000n, "up"))).toBe("0.004434");
  });

  test("a charge never exceeds the reservation for a longer time", () => {
    const positive = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(positive, fc.bigInt({ min: 1n, max: 10_000n }), positive, positive, (rate, units, spent, rest) => {
        return priceFor(rate as never, units, spent, "half-even") <= priceFor(rate as never, units, spent + rest, "up");
      }),
    );
  });
});
