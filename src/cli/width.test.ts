import { describe, expect, test } from "vitest";
import { fit, padEnd, padStart, widthOf, wrap } from "./width.ts";

describe("columns on a terminal", () => {
  test.each([
    ["plain", 5],
    ["", 0],
    ["\u00E9t\u00E9", 3],
    ["e\u0301te\u0301", 3],
    ["\u5730\u7403", 4],
    ["\uD55C\uAE00", 4],
    ["\uFF21", 2],
    ["\u{1F30D}", 2],
    ["\u{1F469}\u200D\u{1F52C}", 2],
    ["\u001B[31mred\u001B[39m", 3],
    ["a\u200Bb", 2],
  ])("%j takes %i", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  test("a text that is too long is cut between characters, never inside one", () => {
    expect(fit("abcdef", 4)).toBe("abc\u2026");
    expect(fit("\u5730\u7403\u5730", 4)).toBe("\u5730\u2026");
    expect(fit("abc", 3)).toBe("abc");
    expect(widthOf(fit("\u001B[31mlong text\u001B[39m", 5))).toBe(5);
  });

  test("padding counts columns, not characters", () => {
    expect(padEnd("\u5730", 4)).toBe("\u5730  ");
    expect(padStart("\u5730", 4)).toBe("  \u5730");
    expect(padEnd("longer", 3)).toBe("longer");
  });

  test("lines break between words", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("unbreakable", 4)).toEqual(["unbreakable"]);
    expect(wrap("", 4)).toEqual([]);
  });
});
