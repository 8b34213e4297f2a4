import { afterEach, beforeEach, expect, test } from "vitest";
import { addMs, instantToIso, manualClock, milliseconds, parseInstant, type Instant } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { machineHandlers, machineState } from "./machines.ts";

const NOW = parseInstant("2026-11-21T12:00:00Z") as Instant;
let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await freshDatabase();
});
afterEach(async () => {
  await fresh.drop();
});

async function addPool(beatAt: Instant): Promise<void> {
  await fresh.db.query(
    `insert into headgate.job_pool (name, cores, memory_mib, host, machine, boot_id, memory_enforced, beat_at)
     values ('local', 16, 32768, 'workstation', 'm1', 'b1', 'systemd scope', $1::timestamptz)`,
    [instantToIso(beatAt)],
  );
}

async function list() {
  const handlers = machineHandlers({ db: fresh.db, clock: manualClock(NOW) });
  // The handler reads nothing of its request.
  return (await handlers.list({} as Parameters<typeof handlers.list>[0])).items;
}

test("a pool that nothing runs on has all its cores and memory free", async () => {
  await addPool(NOW);
  expect(await list()).toEqual([
    {
      name: "local",
      host: "workstation",
      state: "working",
      seen_at: "2026-11-21T12:00:00.000Z",
      cores: 16,
      cores_used: 0,
      memory_mib: 32_768,
      memory_used_mib: 0,
      memory_enforced: "systemd scope",
      tasks_running: 0,
      tasks_queued: 0,
    },
  ]);
});

test("before the first start there is no machine", async () => {
  expect(await list()).toEqual([]);
});

test.each([
  [0, "working"],
  [20_000, "working"],
  [20_001, "silent"],
] as const)("%i ms after its last beat a pool is %s", (ms, state) => {
  expect(machineState(NOW, addMs(NOW, milliseconds(ms)))).toBe(state);
});
