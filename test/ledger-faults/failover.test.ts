import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, difference, faultBenchOn, type FaultBench } from "./bench.ts";
import { killPlace, type KillPlace } from "./kill-place.ts";
import { MOVEMENTS } from "./movements.ts";

let place: KillPlace;
let bench: FaultBench;
beforeAll(async () => {
  place = await killPlace();
  bench = await faultBenchOn(place);
}, 120_000);
afterAll(() => bench.drop());

test(
  "a copy that takes no writes refuses every movement as a whole; once it is promoted each is done, once, under the same key",
  { timeout: 120_000 },
  async () => {
    const requests = [];
    for (const movement of MOVEMENTS.filter(({ name }) => !name.startsWith("expire")))
      requests.push({ movement, request: await movement.request(bench, `failover-${movement.name.replaceAll(/[^a-z0-9]+/g, "-")}`) });
    const before = await bench.totals();

    await place.follow();
    for (const { movement, request } of requests)
      expect([movement.name, (await bench.ask(bench.through, request)).code]).toEqual([movement.name, "db.unsuitable"]);
    expect(await bench.totals()).toEqual(before);

    await place.promote();
    for (const { movement, request } of requests) {
      const done = await bench.ask(bench.through, request);
      const again = await bench.ask(bench.through, request);
      expect([movement.name, done.code, again.code]).toEqual([movement.name, null, null]);
      expect(answerOf(request.route, again.answer), movement.name).toBe(answerOf(request.route, done.answer));
      expect(await bench.transactions(request), movement.name).toBe(movement.transactions);
    }
    const wanted = requests.reduce((sum, { movement }) => sum + movement.transactions, 0);
    expect(difference(before, await bench.totals()).transactions).toBe(wanted);
    expect(await bench.faults()).toEqual([]);
  },
);
