import { expect, test } from "vitest";
import { ALL_KINDS } from "./faults.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { findPlantedBugs } from "./proof.ts";
import { simulate, type Simulation } from "./simulate.ts";

/** `npm run prove` lives through ten thousand. */
const SEEDS = 40;

test("money is right after every life of the service, whatever goes wrong in it", { timeout: 120_000 }, async () => {
  const lives: Simulation[] = [];
  for (let seed = 0; seed < SEEDS; seed += 1) lives.push(await simulate(seed));
  expect(lives.flatMap(({ seed, violations }) => violations.map((words) => `npm run prove -- --seed ${seed}: ${words}`))).toEqual([]);
  expect(lives.reduce((sum, { operations }) => sum + operations, 0) / SEEDS).toBeGreaterThanOrEqual(1_000);
  const struck = new Set(lives.flatMap((life) => life.struck));
  expect(ALL_KINDS.filter((kind) => !struck.has(kind))).toEqual([]);
});

test("a seed is the same life every time", { timeout: 30_000 }, async () => {
  expect(await simulate(4711)).toEqual(await simulate(4711));
});

test("each of the five bugs that ledgers are known for is found when it is planted", { timeout: 60_000 }, async () => {
  const found = await findPlantedBugs();
  expect([...found.keys()]).toEqual(PLANTED_BUGS.map(({ name }) => name));
  expect([...found].filter(([, words]) => words === null)).toEqual([]);
});
