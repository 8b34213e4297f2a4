import { describe, expect, test } from "vitest";
import { instant, parseInstant } from "#kernel";
import { exactTime, relativeTime } from "./when.ts";

const NOW = instant(Date.parse("2026-11-21T12:00:00Z"));
const SECOND = 1000;
const [MINUTE, HOUR, DAY] = [60 * SECOND, 3600 * SECOND, 86_400 * SECOND];

describe("a moment in the words of a log reader", () => {
  test.each([
    [0, "just now"],
    [4 * SECOND, "just now"],
    [12 * SECOND, "12 s ago"],
    [119 * SECOND, "1 min ago"],
    [59 * MINUTE, "59 min ago"],
    [3 * HOUR + 50 * MINUTE, "3 h ago"],
    [6 * DAY, "6 d ago"],
    [7 * DAY, "14 Nov"],
    [400 * DAY, "17 Oct 2025"],
    [-20 * MINUTE, "in 20 min"],
  ])("%i ms before now is %s", (ms, words) => {
    expect(relativeTime(instant(NOW - ms), NOW)).toBe(words);
  });
});

test("the exact moment names its time zone", () => {
  const moment = parseInstant("2026-11-21T12:53:04Z");
  expect(moment).toBeDefined();
  if (moment !== undefined) expect(exactTime(moment)).toMatch(/^2026-11-2\d \d\d:\d\d:04 \S+$/);
});
