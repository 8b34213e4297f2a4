import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "../beds/postgres.ts";
import { race, type RaceResult } from "./race.ts";

/** `npm run race` does the same with a hundred thousand. */
const REQUESTS = 10_000;

let bed: FreshDatabase;
let result: RaceResult;
beforeAll(async () => {
  bed = await freshDatabase();
  result = await race(bed.db, bed.url, REQUESTS);
}, 180_000);
afterAll(() => bed.drop());

test("of ten thousand reservations that race through two processes exactly as many are granted as fit, at every level", () => {
  expect(result.granted).toBe(result.expected);
  expect(result.levels.filter((level) => !level.exact)).toEqual([]);
  expect(new Set(result.levels.map((level) => level.depth))).toEqual(new Set([0, 1, 2, 3]));
});

test("every other one is refused, by a level that is full", () => {
  const full = new Set(result.levels.filter(({ fits, held }) => fits === held).map(({ account }) => `budget.insufficient ${account}`));
  expect(Object.keys(result.refused).filter((words) => !full.has(words))).toEqual([]);
  // Whoever lost the race for a shared key was told the same as the other, so a refusal is counted once for each process that asked.
  expect(Object.values(result.refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(result.requests - result.granted);
});

test("a key that both processes used has one answer", () => {
  expect(result.contradictions).toEqual([]);
});

test("the journal and its balances are whole", () => {
  expect(result.faults).toEqual([]);
});
