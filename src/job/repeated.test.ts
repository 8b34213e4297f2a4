import { expect, test } from "vitest";
import { instant, milliseconds } from "#kernel";
import { takeFault, type Repeated } from "./repeated.ts";

const MINUTE = milliseconds(60_000);

/** What is told of faults that come at these seconds. */
function told(seconds: readonly number[]): [number, number][] {
  let before: Repeated | null = null;
  const lines: [number, number][] = [];
  for (const second of seconds) {
    const taken = takeFault(before, instant(second * 1_000), MINUTE);
    before = taken.after;
    if (taken.told !== null) lines.push([second, taken.told]);
  }
  return lines;
}

test("a fault of every second is told once, then once a minute with how often it came", () => {
  const seconds = Array.from({ length: 150 }, (_, second) => second);
  expect(told(seconds)).toEqual([
    [0, 1],
    [60, 60],
    [120, 60],
  ]);
});

test("one that comes back after it had stayed away is told at once", () => {
  expect(told([0, 1, 2, 63, 64])).toEqual([
    [0, 1],
    [63, 1],
  ]);
});
