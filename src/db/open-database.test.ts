import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await emptyDatabase();
});
afterAll(() => fresh.drop());

test("int8 comes as BigInt and timestamptz as Instant", async () => {
  const [row] = await fresh.db.query("select 9223372036854775807::int8 as big, array[1, null]::int8[] as bigs, '2026-11-21 12:00:00.1239+02'::timestamptz as at, '2026-11-21'::date as day, 1.50::numeric as exact");
  expect(row).toEqual({ big: 9_223_372_036_854_775_807n, bigs: [1n, null], at: Date.UTC(2026, 10, 21, 10, 0, 0, 123), day: "2026-11-21", exact: "1.50" });
});
