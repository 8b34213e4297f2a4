import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../test/beds/eventually.ts";
import { jobsBed, NO_APPS, TEST_PRICING, type JobsBed } from "../../test/beds/jobs.ts";
import { clearFolders } from "#job";
import { addMs, milliseconds, systemClock, systemRandomness } from "#kernel";
import { startWorker, type Worker, type WorkerPorts } from "./worker.ts";

const DAY_MS = 86_400_000;

let bed: JobsBed;
let words: string[];
const workers: Worker[] = [];
beforeEach(async () => {
  bed = await jobsBed();
  words = [];
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await bed.close();
});

async function start(): Promise<Worker> {
  const note = (_facts: object, text: string) => void words.push(text);
  const ports: WorkerPorts = {
    db: bed.database.db,
    databaseUrl: () => bed.database.url,
    ledger: bed.ledger,
    apps: NO_APPS,
    pricing: TEST_PRICING,
    alerts: { turn: async () => 0, measure: async () => 0, deliver: async () => 0 },
    clock: systemClock,
    randomness: systemRandomness,
    log: { info: note, warn: note, error: note },
  };
  const worker = await startWorker(ports, { stateFolder: bed.stateFolder, cores: 2 });
  workers.push(worker);
  return worker;
}

const crontab = () => bed.database.db.query<{ identifier: string }>("select identifier from graphile_worker._private_known_crontabs order by 1");

test("a worker runs jobs, keeps the times of its upkeep in the database, and leaves nothing behind when it stops", async () => {
  const worker = await start();
  const number = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  await bed.until(number);
  expect(worker.status()).toMatchObject({ state: "dispatching", pool: "local", cores: 2, running: 0 });
  await eventually(
    "the times of upkeep",
    () => crontab().catch(() => []),
    (rows) => rows.length === 9,
  );
  expect((await crontab()).map((row) => row.identifier)).toEqual([
    "accrue_standing",
    "clear_folders",
    "clear_markers",
    "expire_holds",
    "measure_alerts",
    "roll_up_usage",
    "turn_alarms",
    "turn_awards",
    "verify_books",
  ]);
  await worker.stop();
  expect(worker.status().state).toBe("stopped");
});

test("folders of settled jobs are removed after their time, and not before", async () => {
  const worker = await start();
  const number = await bed.submit("command: ['true']\ntime_limit: 1m\n");
  await bed.until(number);
  await worker.stop();
  const { id } = await bed.row<{ id: string }>("select id from headgate.job where number = $1", [number]);
  const folder = join(bed.stateFolder, "jobs", id);
  const clear = (days: number) =>
    clearFolders({ db: bed.database.db, clock: { now: () => addMs(systemClock.now(), milliseconds(days * DAY_MS)) }, stateFolder: bed.stateFolder }, 90);
  expect([await clear(89), existsSync(folder)]).toEqual([0, true]);
  expect([await clear(91), existsSync(folder)]).toEqual([1, false]);
  mkdirSync(folder);
  expect([await clear(92), existsSync(folder)]).toEqual([0, true]);
});
