import { expect, test } from "vitest";
import type { Database } from "#db";
import { startAlerting } from "./alerting.ts";

/** A channel of notifications that the test rings. */
function bells() {
  let ring: () => void = () => undefined;
  const db = {
    listen: (_channel: string, onNotify: () => void) => {
      ring = onNotify;
      return Promise.resolve(() => Promise.resolve());
    },
  } as unknown as Database;
  return { db, ring: () => ring() };
}

test("a receiver that is slow keeps nobody from looking at balances; what is put in the outbox is sent at once", async () => {
  const { db, ring } = bells();
  const [looked, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = Promise.withResolvers<number>();
  let deliveries = 0;
  const told: string[] = [];
  const note = (_facts: object, words: string) => void told.push(words);
  const alerting = startAlerting({
    db,
    log: { info: note, warn: note, error: note },
    alerts: {
      turn: async () => {
        looked.resolve();
        return 0;
      },
      deliver: () => {
        deliveries += 1;
        if (deliveries === 1) return slow.promise;
        second.resolve();
        return Promise.reject(new Error("the database is away"));
      },
    },
  });
  await looked.promise;
  // While the first round of sending goes on something new rings.
  ring();
  slow.resolve(1);
  await second.promise;
  await alerting.stop();
  expect([deliveries, told]).toEqual([2, ["messages of alerts arrived", "alerts were interrupted and are looked at again"]]);
});
