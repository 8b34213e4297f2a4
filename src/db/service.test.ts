import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instant, manualClock } from "#kernel";
import { emptyDatabase, freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { readMigrations } from "./migrations.ts";
import { migrationsFolder, packageVersion } from "./package-files.ts";
import { databaseService } from "./service.ts";

const clock = manualClock(instant(Date.UTC(2026, 10, 21, 12)));
const newest = readMigrations(migrationsFolder).length;

let folder: string;
let source: FreshDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-service-"));
  source = await freshDatabase();
});
afterAll(async () => {
  await source.drop();
  rmSync(folder, { recursive: true });
});

test("the status says where the database is, without its password, and how it is", async () => {
  const status = await databaseService({ url: source.url, dataFolder: "/somewhere/data", clock }).status();
  expect(status).toMatchObject({ schemaVersion: newest, schemaKnown: newest, pending: 0, dataFolder: "/somewhere/data", connectionsMax: 200 });
  expect(status.version).toMatch(/^18\./);
  expect(status.connections).toBeGreaterThanOrEqual(2);
  expect(status.sizeBytes).toBeGreaterThan(7_000_000n);
  expect(status.tables.map((table) => table.name)).toContain("job");
  expect(JSON.stringify(status.where)).not.toContain(new URL(source.url).password);
});

test("a database that was never migrated has everything pending", async () => {
  const target = await emptyDatabase();
  const service = databaseService({ url: target.url, dataFolder: null, clock });
  expect(await service.status()).toMatchObject({ schemaVersion: 0, pending: newest, tables: [] });
  const applied: number[] = [];
  await service.migrate((migration) => applied.push(migration.number));
  expect(applied).toEqual(Array.from({ length: newest }, (_, index) => index + 1));
  expect(await service.status()).toMatchObject({ schemaVersion: newest, pending: 0 });
  await target.drop();
});

test("the schema of all rooms goes through a backup, into a database as migrated and into one that is empty, and verifies", async () => {
  const service = databaseService({ url: source.url, dataFolder: null, clock });
  const file = join(folder, "lab.sql.gz");
  const made = await service.backup(file);
  expect(made).toMatchObject({ file, schemaVersion: newest });
  expect((await service.describe(file)).header).toMatchObject({ made_at: "2026-11-21T12:00:00.000Z", headgate: packageVersion });
  for (const target of [await freshDatabase(), await emptyDatabase()]) {
    const there = databaseService({ url: target.url, dataFolder: null, clock });
    expect((await there.restore(file)).tables).toEqual(made.tables);
    const results = await there.verify([
      {
        name: "the seed of the journal is there",
        run: async (db) => ({ checked: BigInt((await db.query("select 1 from headgate.account")).length), faults: [] }),
      },
    ]);
    expect(results.flatMap((result) => result.faults)).toEqual([]);
    expect(results.at(-1)?.checked).toBeGreaterThan(0n);
    const again = join(folder, `again-${target.url.slice(-8)}.sql.gz`);
    expect((await there.backup(again)).tables).toEqual(made.tables);
    await target.drop();
  }
});

test("a given database whose role is no superuser can be migrated, backed up, restored and verified", async () => {
  const target = await emptyDatabase();
  const role = `plain_${process.pid}`;
  const name = new URL(target.url).pathname.slice(1);
  await target.db.query(`create role ${role} login password 'of-the-test'; alter database ${name} owner to ${role}`);
  const url = new URL(target.url);
  url.username = role;
  url.password = "of-the-test";
  const service = databaseService({ url: url.href, dataFolder: null, clock });
  expect(await service.migrate()).toHaveLength(newest);
  const file = join(folder, "plain.sql.gz");
  const made = await service.backup(file);
  const restored = await service.restore(file, { replace: true });
  expect(restored.tables).toEqual(made.tables);
  expect((await service.verify([])).flatMap((result) => result.faults)).toEqual([]);
  await target.db.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
  await target.drop();
});
