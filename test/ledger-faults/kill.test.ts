import { expect, test } from "vitest";
import { killRun, VICTIMS } from "./kill.ts";
import { MOVEMENTS } from "./movements.ts";

/** `npm run kill` does it at every boundary; here each movement sees a few, another first one each. */
const EVERY = { postgres: 13, backend: 11, server: 17 } as const;

test.each(VICTIMS)(
  "a kill -9 of %s in the middle of a movement leaves it done once, or not done, and its key tells which",
  async (victim) => {
    const results = await killRun([victim], EVERY[victim]);
    expect(results.flatMap(({ violations }) => violations)).toEqual([]);
    expect(results).toHaveLength(MOVEMENTS.length);
    const boundaries = results.flatMap((result) => result.boundaries);
    expect(boundaries.length).toBeGreaterThan(MOVEMENTS.length / 2);
    expect(boundaries.some((at) => at.startsWith(">")) && boundaries.some((at) => at.startsWith("<"))).toBe(true);
  },
  120_000,
);
