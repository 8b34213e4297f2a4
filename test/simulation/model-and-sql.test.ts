import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerVerifications } from "#budget";
import { verify } from "#db";
import { freshDatabase, type FreshDatabase } from "../beds/postgres.ts";
import { compareModelWithSql } from "./model-and-sql.ts";
import { findInSql, SQL_BUGS } from "./planted-in-sql.ts";

let bed: FreshDatabase;
beforeAll(async () => {
  bed = await freshDatabase();
});
afterAll(() => bed.drop());

/** `npm run prove` does the same with a million. */
test.each([1, 2, 3, 4, 5, 6])("the model and the SQL give the same answers to the same random work (seed %i)", { timeout: 60_000 }, async (seed) => {
  const { differences, operations } = await compareModelWithSql(bed.db, seed, { operations: 700, batchMax: seed * 8, overrun: seed > 3 });
  expect(differences).toEqual([]);
  expect(operations).toBeGreaterThanOrEqual(700);
});

test("and the journal is whole after it", async () => {
  const results = await verify(bed.db, ledgerVerifications());
  expect(results.flatMap(({ faults }) => faults)).toEqual([]);
});

test.each(SQL_BUGS.map((bug) => [bug.name, bug] as const))("planted in the ledger's functions, it is found: %s", { timeout: 60_000 }, async (_name, bug) => {
  const planted = await freshDatabase();
  try {
    expect(await findInSql(planted.db, bug)).not.toBeNull();
  } finally {
    await planted.drop();
  }
});
