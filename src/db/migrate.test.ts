import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeMigrations } from "../../test/beds/awkward-schema.ts";
import { emptyDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { appliedMigrations, migrate } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { migrationsFolder } from "./package-files.ts";
import { databaseStatus } from "./status.ts";

let fresh: FreshDatabase;
let folder: string;
beforeEach(async () => {
  fresh = await emptyDatabase();
  folder = mkdtempSync(join(tmpdir(), "headgate-migrations-"));
});
afterEach(async () => {
  await fresh.drop();
  rmSync(folder, { recursive: true });
});

const ONE = "create table headgate.one (id bigint primary key);";
const TWO = "create table headgate.two (id bigint primary key);\ninsert into headgate.two values (1);";

describe("migrating", () => {
  test("applies what is missing, in order, once, and says so", async () => {
    writeMigrations(folder, { "000001-one": ONE });
    const told: number[] = [];
    expect((await migrate(fresh.db, { folder, onApplied: (migration) => told.push(migration.number) })).map((migration) => migration.name)).toEqual(["one"]);
    writeMigrations(folder, { "000002-two": TWO });
    expect((await migrate(fresh.db, { folder, onApplied: (migration) => told.push(migration.number) })).map((migration) => migration.name)).toEqual(["two"]);
    expect(await migrate(fresh.db, { folder })).toEqual([]);
    expect(told).toEqual([1, 2]);
    expect((await appliedMigrations(fresh.db)).map(({ number, name }) => [number, name])).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
    expect(await databaseStatus(fresh.db, folder)).toMatchObject({ schemaVersion: 2, schemaKnown: 2, pending: 0 });
  });

  test("by several processes at once applies each migration once", async () => {
    writeMigrations(
      folder,
      Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`00000${index + 1}-step`, `create table headgate.step_${index} (id bigint); select pg_sleep(0.005);`]),
      ),
    );
    const others = await Promise.all([1, 2, 3].map(() => openDatabase({ url: fresh.url })));
    const applied = await Promise.all(others.map((db) => migrate(db, { folder })));
    await Promise.all(others.map((db) => db.close()));
    expect(
      applied
        .flat()
        .map((migration) => migration.number)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("that fails leaves nothing of the failed one, and names its line", async () => {
    writeMigrations(folder, { "000001-one": ONE, "000002-broken": "create table headgate.half (id bigint);\n\nselect wrong from headgate.half;" });
    await expect(migrate(fresh.db, { folder })).rejects.toMatchObject({
      code: "db.migration-failed",
      detail: expect.stringContaining("migration 2 (broken), line 3: "),
    });
    expect((await appliedMigrations(fresh.db)).map((row) => row.number)).toEqual([1]);
    expect(await fresh.db.query("select to_regclass('headgate.half')::text as half")).toEqual([{ half: null }]);
  });

  test("refuses a migration that ends its own transaction", async () => {
    writeMigrations(folder, { "000001-escape": `${ONE} commit; begin;` });
    await expect(migrate(fresh.db, { folder })).rejects.toMatchObject({
      code: "db.migration-failed",
      detail: expect.stringContaining("ended the transaction"),
    });
  });

  test("works where an administrator has made the schema", async () => {
    await fresh.db.query("create schema headgate");
    writeMigrations(folder, { "000001-one": ONE });
    expect(await migrate(fresh.db, { folder })).toHaveLength(1);
  });
});

describe("a database is refused", () => {
  test("when a newer Headgate has been there", async () => {
    writeMigrations(folder, { "000001-one": ONE, "000002-two": TWO });
    await migrate(fresh.db, { folder });
    rmSync(join(folder, "000002-two.sql"));
    await expect(migrate(fresh.db, { folder })).rejects.toMatchObject({ code: "db.schema-newer", facts: { found: 2, known: 1 } });
    await expect(databaseStatus(fresh.db, folder)).rejects.toMatchObject({ code: "db.schema-newer" });
  });

  test("when a migration that it has was edited", async () => {
    writeMigrations(folder, { "000001-one": ONE });
    await migrate(fresh.db, { folder });
    writeMigrations(folder, { "000001-one": `${ONE}\n` });
    await expect(migrate(fresh.db, { folder })).rejects.toMatchObject({ code: "db.migration-changed", facts: { migration: 1 } });
    // Line ends are the checkout's, not the author's.
    writeMigrations(folder, { "000001-one": ONE.replaceAll("\n", "\r\n") });
    expect(await migrate(fresh.db, { folder })).toEqual([]);
  });

  test("when it lacks a migration in the middle", async () => {
    writeMigrations(folder, { "000001-one": ONE, "000002-two": TWO });
    await migrate(fresh.db, { folder });
    await fresh.db.query("delete from headgate.migration where number = 1");
    await expect(migrate(fresh.db, { folder })).rejects.toMatchObject({ code: "db.migration-missing" });
  });
});

describe("the files of migrations", () => {
  test.each([
    ["a gap", { "000001-one": ONE, "000003-three": TWO }],
    ["a number twice", { "000001-one": ONE, "000001-two": TWO }],
    ["a beginning after 1", { "000002-two": TWO }],
    ["another name", { "1-one": ONE }],
  ])("with %s are refused", (_what, files) => {
    writeMigrations(folder, files);
    expect(() => readMigrations(folder)).toThrow("db.migration-missing");
  });

  test("of the package are whole, and apply", async () => {
    expect((await migrate(fresh.db)).length).toBe(readMigrations(migrationsFolder).length);
  });
});
