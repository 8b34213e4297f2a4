import { expect, test } from "vitest";
import type { HoldView } from "#budget/contract";
import { formulaWords } from "./formula-words.ts";

const TERM: HoldView["formula"][number] = {
  resource: "core",
  count: 2,
  spans: [
    { name: "time limit", ms: 180_000 },
    { name: "grace", ms: 10_000 },
  ],
  times: 1,
  rate: "0.042",
  free: null,
  source: "local rate",
  dated: null,
  rounding: "up",
  amount: "0.004434",
};

test.each([
  ["one attempt of one task", [TERM], "2 cores x (180 s time limit + 10 s grace) x $0.042/core-hour"],
  ["an array", [{ ...TERM, times: 12, count: 1 }], "12 x 1 core x (180 s time limit + 10 s grace) x $0.042/core-hour"],
  ["what is free says why", [{ ...TERM, free: "condo", rate: "0", spans: [{ name: "time limit", ms: 60_000 }] }], "2 cores x 60 s time limit x free (condo)"],
  [
    "memory beside cores",
    [TERM, { ...TERM, resource: "memory-gib" as const, count: 4, rate: "0.005" }],
    "2 cores x (180 s time limit + 10 s grace) x $0.042/core-hour, and 4 GiB x (180 s time limit + 10 s grace) x $0.005/GiB-hour",
  ],
])("%s", (_name, formula, words) => {
  expect(formulaWords(formula, "USD")).toBe(words);
});

test("in service units there is no dollar", () => {
  expect(formulaWords([TERM], "SU")).toContain("0.042 SU/core-hour");
});
