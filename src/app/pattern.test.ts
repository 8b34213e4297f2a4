import { describe, expect, test } from "vitest";
import { patternFault } from "./pattern.ts";

describe("patterns of results", () => {
  test("ordinary ones are let through", () => {
    for (const source of [
      "^!\\s+total energy\\s+=\\s+(?<value>\\S+) Ry",
      "(?<value>-?\\d+(?:\\.\\d{1,10})?)",
      "a{2,20}(b{3}c)*",
      "[(+*)]+",
      "\\(a+\\)+",
      "(?:ab){0,5}c+",
    ]) {
      expect(patternFault(source, undefined), source).toBeUndefined();
    }
  });

  test("a repeat inside a repeat is refused, however it is written", () => {
    for (const source of ["(a+)+", "(a*)*b", "((ab)*)+", "(?:a{1,}x?)+", "([a-z]+\\s)*", "(a|b+)*", "(?<value>(\\d+,)+)", "(a{0,50}){30}"]) {
      expect(patternFault(source, undefined)?.message, source).toContain("repeat");
    }
  });

  test("back references, too long ones and ones without their group are refused", () => {
    expect(patternFault("(a)\\1", undefined)?.message).toContain("back");
    expect(patternFault("a".repeat(501), undefined)?.message).toContain("500 characters");
    expect(patternFault("total (\\S+)", "value")?.message).toContain("(?<value>");
    expect(patternFault("total (", undefined)?.message).toContain("not a regular expression");
  });
});
