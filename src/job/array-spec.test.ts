import fc from "fast-check";
import { expect, test } from "vitest";
import { ARRAY_TASKS_MAX, parseArraySpec } from "./array-spec.ts";
import { ranges } from "./control-jobs.ts";

const indices = (text: string) => {
  const spec = parseArraySpec(text);
  return "kind" in spec ? spec.words : spec.indices;
};

test.each([
  ["0-3", [0, 1, 2, 3]],
  ["1-10:3", [1, 4, 7, 10]],
  ["1,4,7", [1, 4, 7]],
  ["7,1-3,2", [1, 2, 3, 7]],
  [" 5 ", [5]],
  ["0-9:20", [0]],
  ["0-3%2", [0, 1, 2, 3]],
])("%s", (text, expected) => expect(indices(text)).toEqual(expected));

test.each([
  ["", "an index is missing"],
  ["1,", "an index is missing"],
  ["5-1", "5-1 runs backwards"],
  ["1-10:0", "1-10:0 has a step of 0"],
  ["a-b", '"a-b" is not an index, a range such as 0-9, or a range with a step such as 1-10:3'],
  ["-1", '"-1" is not an index, a range such as 0-9, or a range with a step such as 1-10:3'],
  ["1-2%0", 'after % stands how many may run at once, at least 1; "0" does not say that'],
  ["1-2%x", 'after % stands how many may run at once, at least 1; "x" does not say that'],
  ["1%2%3", "% may stand once, at the end"],
  ["0-4000001", "4000001 is above the highest index, 4000000"],
  [`0-${ARRAY_TASKS_MAX}`, `an array has at most ${ARRAY_TASKS_MAX} tasks`],
  [`0-${ARRAY_TASKS_MAX - 1},${ARRAY_TASKS_MAX}`, `an array has at most ${ARRAY_TASKS_MAX} tasks`],
])("%s is refused", (text, words) => expect(indices(text)).toBe(words));

test("the throttle is kept", () => {
  expect(parseArraySpec("0-99%8")).toMatchObject({ throttle: 8 });
  expect(parseArraySpec("0-99")).toMatchObject({ throttle: null });
});

test("what is written as ranges is read back the same", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 300 }), (some) => {
      const sorted = some.toSorted((a, b) => a - b);
      expect(indices(ranges(sorted))).toEqual(sorted);
    }),
  );
});
