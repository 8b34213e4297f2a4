import { expect, test } from "vitest";
import { stopInTime, type Limit, type Part } from "./stop-in-time.ts";

const never = new Promise<void>(() => undefined);
const ends = (name: string): Part => ({ name, stop: async () => undefined });
const hangs = (name: string): Part => ({ name, stop: () => never });

function bed() {
  const told: object[] = [];
  const limit = Promise.withResolvers<void>();
  let cancelled = 0;
  const asLimit: Limit = () => ({ over: limit.promise, cancel: () => void (cancelled += 1) });
  return { told, limit: asLimit, timeIsUp: limit.resolve, cancelled: () => cancelled, log: { warn: (facts: object) => void told.push(facts) } };
}

test("a part that never ends is left when the time is up, and is named; the others are stopped nonetheless", async () => {
  const { told, limit, timeIsUp, cancelled, log } = bed();
  const stopped = Promise.withResolvers<void>();
  const other: Part = { name: "dispatching", stop: async () => stopped.resolve() };
  const stopping = stopInTime([hangs("upkeep"), other], log, limit);
  await stopped.promise;
  timeIsUp();
  expect(await stopping).toEqual(["upkeep"]);
  expect(told).toEqual([{ left: ["upkeep"] }]);
  expect(cancelled()).toBe(1);
});

test("parts that end are waited for, without a word, and no timer is left", async () => {
  const { told, limit, cancelled, log } = bed();
  expect(await stopInTime([ends("upkeep"), ends("dispatching")], log, limit)).toEqual([]);
  expect([told, cancelled()]).toEqual([[], 1]);
});

test("a part that fails to stop says so", async () => {
  const { limit, cancelled, log } = bed();
  const fails: Part = { name: "upkeep", stop: () => Promise.reject(new Error("no")) };
  await expect(stopInTime([fails, hangs("dispatching")], log, limit)).rejects.toThrow("no");
  expect(cancelled()).toBe(1);
});
