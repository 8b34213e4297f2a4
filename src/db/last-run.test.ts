import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { addMs, milliseconds, systemClock } from "#kernel";
import { noteRun } from "./last-run.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const now = systemClock.now();
const at = (seconds: number) => addMs(now, milliseconds(seconds * 1000));
const notes = () =>
  fresh.db.query<{ kind: string; ok: boolean; at: unknown; ok_at: unknown; detail: string | null }>(
    "select kind, ok, at, ok_at, detail from last_run order by kind",
  );

test("the last run of a kind stands, with when it last went well", async () => {
  await noteRun(fresh.db, "verify", { at: at(0), took: milliseconds(5), fault: null });
  await noteRun(fresh.db, "verify", { at: at(10), took: milliseconds(5), fault: "a balance is wrong" });
  expect(await notes()).toEqual([{ kind: "verify", ok: false, at: at(10), ok_at: at(0), detail: "a balance is wrong" }]);
});

test("what is noted late does not hide what was seen since", async () => {
  await noteRun(fresh.db, "verify", { at: at(5), took: milliseconds(5), fault: null });
  expect((await notes())[0]).toMatchObject({ ok: false, detail: "a balance is wrong" });
});

test("a fault longer than a page is cut, not lost", async () => {
  await noteRun(fresh.db, "backup", { at: at(20), took: milliseconds(5), fault: "x".repeat(9000) });
  expect((await notes()).find(({ kind }) => kind === "backup")?.detail).toHaveLength(2000);
});
