import fc from "fast-check";
import { expect, test } from "vitest";
import { mib, micros, parseDuration, seconds } from "#kernel";
import { parseArraySpec } from "./array-spec.ts";
import { fitWords, whatWouldFit } from "./fits.ts";
import type { PlannedJob } from "./plan-job.ts";

const plan = (timeLimit: number, tasks = 1): PlannedJob => ({
  name: "a",
  app: null,
  case: null,
  cores: 2,
  memory: mib(1),
  timeLimit: seconds(timeLimit),
  tasks,
  parametersHash: "",
  spec: { version: 1, command: ["a"], parameters: {}, environment: {}, inputs: [], outputs: [], plan: null, folder: null },
});

/** 7 millionths for each second and task, and 10 s of grace. */
const priceOf = (job: PlannedJob) => async (change: { timeLimit?: number; tasks?: number }) =>
  micros(BigInt((change.tasks ?? job.tasks) * 7 * ((change.timeLimit ?? job.timeLimit) + 10)));

function countOf(text: string): number {
  const spec = parseArraySpec(text);
  return "kind" in spec ? Number.NaN : spec.indices.length;
}

test("a shorter time limit is offered in whole minutes, with its price", async () => {
  const job = plan(6 * 3600);
  const fits = await whatWouldFit(job, null, null, micros(70_000n), null, priceOf(job));
  expect(fits).toEqual([{ change: "--time-limit 2h46m", atMost: 69_790n }]);
  expect(fitWords(fits, "USD")).toBe("--time-limit 2h46m (at most $0.06979)");
});

test("a time limit that the run would surely pass is not offered, and neither is less than a minute", async () => {
  const job = plan(6 * 3600);
  expect(await whatWouldFit(job, null, null, micros(70_000n), 9_970_000, priceOf(job))).toEqual([]);
  expect(await whatWouldFit(job, null, null, micros(400n), null, priceOf(job))).toEqual([]);
  expect(await whatWouldFit(job, null, null, micros(-5n), null, priceOf(job))).toEqual([]);
});

test("of an array its first tasks are offered, throttle included", async () => {
  const job = plan(60, 10);
  const fits = await whatWouldFit(job, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18], 3, micros(1_500n), null, priceOf(job));
  expect(fits).toEqual([{ change: "--array 0-4:2%3", atMost: 1_470n }]);
});

test("everything that is offered fits", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 500_000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 9_000_000 }),
      async (limit, tasks, available) => {
        const job = plan(limit, tasks);
        const indices = tasks === 1 ? null : Array.from({ length: tasks }, (_, index) => index);
        for (const fit of await whatWouldFit(job, indices, null, micros(BigInt(available)), null, priceOf(job))) {
          const [flag, value] = fit.change.split(" ") as [string, string];
          const change = flag === "--array" ? { tasks: countOf(value) } : { timeLimit: (parseDuration(value) as { seconds: number }).seconds };
          expect(await priceOf(job)(change)).toBe(fit.atMost);
          expect(fit.atMost).toBeLessThanOrEqual(available);
        }
      },
    ),
  );
});
