import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetRoutes } from "#budget/contract";
import type { Route } from "#kernel";
import { answerOf, difference, faultBench, TO_BE_ASKED_AGAIN, type FaultBench, type Totals } from "./bench.ts";
import { MOVEMENTS } from "./movements.ts";
import type { Movement } from "./requests.ts";

/** Far above the messages of any movement: a bound, so that a proxy that never lets one through is a failure and not a hang. */
const BOUNDARIES_MAX = 300;

let bench: FaultBench;
beforeAll(async () => {
  bench = await faultBench();
});
afterAll(() => bench.drop());

type Way = { readonly name: string; readonly always: boolean; readonly cold: boolean; readonly movements: readonly Movement[] };
/** How a connection is made is the same for all movements: one of a single statement and one of several stand for them. */
const MADE_FIRST = MOVEMENTS.filter(({ name }) => name === "hold" || name === "open an account with money");
const WAYS: readonly Way[] = [
  { name: "once, on a connection that is open", always: false, cold: false, movements: MOVEMENTS },
  { name: "once, on a connection that has to be made first", always: false, cold: true, movements: MADE_FIRST },
  { name: "and stays cut until the caller was told", always: true, cold: false, movements: MOVEMENTS },
];

/** One request with the connection cut at a boundary, then the same request again without a fault; the message that was cut, or null. */
async function cutAt(movement: Movement, boundary: number, way: Way, expected: Totals): Promise<string | null> {
  const request = await movement.request(bench, `${labelOf(movement, way)}-${boundary}`);
  if (way.cold) await bench.proxy.cutIdle();
  else await bench.through.db.query("select 1");
  const before = await bench.totals();
  bench.proxy.arm(boundary, { always: way.always });
  const first = await bench.ask(bench.through, request);
  const { cut } = bench.proxy.disarm();
  const again = await bench.ask(bench.through, request);
  const where = `${movement.name} cut at message ${boundary}, ${cut}`;
  // Only a request that was not answered may be unknown to its caller; asked again, it is always answered.
  expect(again.code, `${where}, asked again`).toBeNull();
  if (first.code === null) expect(answerOf(request.route, first.answer), `${where}: two answers`).toBe(answerOf(request.route, again.answer));
  else expect(TO_BE_ASKED_AGAIN, where).toContain(first.code);
  if (way.always && cut !== null) expect(first.code, where).not.toBeNull();
  expect(await bench.transactions(request), where).toBe(movement.transactions);
  expect(difference(before, await bench.totals()), where).toEqual(expected);
  return cut;
}

function labelOf(movement: Movement, way: Way): string {
  return `${movement.name.replace(/[^a-z]+/g, "-")}-${way.cold ? "cold" : "warm"}${way.always ? "-always" : ""}`;
}

/** Every boundary there is: the last round is the first in which nothing was left to cut. */
async function everyBoundary(movement: Movement, way: Way): Promise<string[]> {
  const request = await movement.request(bench, `${labelOf(movement, way)}-whole`);
  const before = await bench.totals();
  await bench.direct.perform(request);
  const expected = difference(before, await bench.totals());
  const cuts: string[] = [];
  for (let boundary = 1; boundary <= BOUNDARIES_MAX; boundary += 1) {
    const cut = await cutAt(movement, boundary, way, expected);
    if (cut === null) return cuts;
    cuts.push(cut);
  }
  throw new Error(`${movement.name} has more than ${BOUNDARIES_MAX} boundaries`);
}

describe.each(WAYS)("a connection that is cut $name, at every message:", (way) => {
  test.each(way.movements)(
    "$name ends exactly once, and the same key tells",
    async (movement) => {
      const cuts = await everyBoundary(movement, way);
      // Before the server heard of it, between its parts, and when it was committed and only the answer was lost.
      expect(cuts.some((cut) => cut.startsWith("> "))).toBe(true);
      expect(cuts.some((cut) => cut.startsWith("< complete"))).toBe(true);
      expect(cuts).toContain("< ready");
      expect(cuts.length).toBeGreaterThan(5);
      expect(await bench.faults()).toEqual([]);
    },
    60_000,
  );
});

/* The last one, because it leaves what others would end. */
test("every request that moves money, or decides where it goes, is among the movements", async () => {
  const routes = new Set<string>();
  for (const movement of MOVEMENTS) routes.add((await movement.request(bench, `among-${movement.name.replace(/[^a-z]+/g, "-")}`)).route);
  const writing = Object.entries<Route>(budgetRoutes).flatMap(([name, route]) => (route.idempotent === true ? [name] : []));
  expect(writing.filter((name) => !routes.has(name))).toEqual([]);
});
