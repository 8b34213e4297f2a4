import { expect, test } from "vitest";
import type { Wire } from "./ports.ts";
import { cli } from "./testing/line.ts";

/** Real parts of which only `start` is asked for. */
const wire = (left: readonly string[]): Wire => ({
  start: () => Promise.resolve({ code: 0, left }),
  serve: () => Promise.reject(new Error("not asked for")),
  work: () => Promise.reject(new Error("not asked for")),
  openDatabaseTools: () => Promise.reject(new Error("not asked for")),
});

test("start ends the process where something had not stopped in time, and leaves it to end by itself where all had", async () => {
  const exits: number[] = [];
  const around = (left: readonly string[]) => ({ wire: wire(left), onExit: (code: number) => void exits.push(code) });
  expect((await cli(["start"], around([]))).code).toBe(0);
  expect(exits).toEqual([]);
  await cli(["start"], around(["dispatching"]));
  expect(exits).toEqual([0]);
});
