import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { takeSessionLock } from "./session-lock.ts";

let bed: FreshDatabase;
beforeAll(async () => {
  bed = await freshDatabase();
});
afterAll(() => bed.drop());

test("a lock has one holder, and the next gets it when it is given back", async () => {
  const first = await takeSessionLock({ url: bed.url, name: "test" });
  expect(await takeSessionLock({ url: bed.url, name: "test" })).toBeNull();
  const other = await takeSessionLock({ url: bed.url, name: "something else" });
  expect(other).not.toBeNull();
  await first?.release();
  const second = await takeSessionLock({ url: bed.url, name: "test" });
  expect(second).not.toBeNull();
  await Promise.all([second?.release(), second?.release(), other?.release()]);
});

test("a holder whose connection is cut knows it at once", async () => {
  const held = await takeSessionLock({ url: bed.url, name: "cut", applicationName: "to be cut" });
  const lost = new Promise<void>((resolve) => held?.lost.addEventListener("abort", () => resolve()));
  expect(held?.lost.aborted).toBe(false);
  await bed.db.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be cut' and datname = current_database()");
  await lost;
  const next = await takeSessionLock({ url: bed.url, name: "cut" });
  expect(next).not.toBeNull();
  await next?.release();
  await held?.release();
});
