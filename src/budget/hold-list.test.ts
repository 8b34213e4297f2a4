import { afterAll, beforeAll, expect, test } from "vitest";
import { addMs, instantToIso, milliseconds } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { caller, owner, type Call } from "./test-call.ts";
import { bench, hold, openTree, settleAsk, start, type Bench } from "./test-tree.ts";

let bed: FreshDatabase;
let b: Bench;
let call: Call;

beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
  call = caller(b);
  await openTree(b.accounts, { uni: "100", climate: "50" });
});
afterAll(() => bed.drop());

const listed = async (query: object) => ((await call("listHolds", owner, { query })) as { items: { id: string }[] }).items.map(({ id }) => id);

test("reservations are found by person, state and age", async () => {
  const old = await hold(b.ledger, "climate", "1", { person: "james" });
  const ended = await hold(b.ledger, "climate", "1", { person: "james" });
  await b.ledger.settleMany([settleAsk(ended, "0.5")]);
  b.clock.set(addMs(start, milliseconds(3_600_000)));
  const young = await hold(b.ledger, "climate", "1");
  const hourAgo = instantToIso(addMs(start, milliseconds(1)));
  expect(await listed({ person: "james" })).toEqual([ended, old]);
  expect(await listed({ person: "james", state: "open" })).toEqual([old]);
  expect(await listed({ placed_before: hourAgo, state: "open" })).toEqual([old]);
  expect(await listed({ account: "climate" })).toEqual([young, ended, old]);
});

test("verifying says what holds, how much was looked at, and after a changed bit what does not", async () => {
  const good = (await call("verify", owner)) as { ok: boolean; entries: number; checks: { ok: boolean }[] };
  expect(good).toMatchObject({ ok: true });
  expect(good.entries).toBeGreaterThan(4);
  await bed.db.query("update headgate.balance set spent = spent + 1 where node_id = (select id from headgate.account where name = 'climate')");
  const bad = (await call("verify", owner)) as { ok: boolean; checks: { ok: boolean; faults: string[] }[] };
  expect(bad.ok).toBe(false);
  expect(bad.checks.flatMap(({ faults }) => faults)).toEqual([expect.stringContaining("the balance of climate differs from its entries")]);
});
