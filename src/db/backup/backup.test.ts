import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock, type ProblemCode } from "#kernel";
import { AWKWARD_ROWS, AWKWARD_SCHEMA, writeMigrations } from "../../../test/beds/awkward-schema.ts";
import { emptyDatabase, type FreshDatabase } from "../../../test/beds/postgres.ts";
import type { Database } from "../database.ts";
import { migrate } from "../migrate.ts";
import { openDatabase } from "../open-database.ts";
import { schemaVerifications, verify } from "../verify.ts";
import { backup, type BackupSummary } from "./backup.ts";
import { describeBackup, restore } from "./restore.ts";
import { tableFacts } from "./table-hash.ts";
import { listSequences, listTables } from "./tables.ts";

let folder: string;
let migrations: string;
let file: string;
let source: FreshDatabase;
let summary: BackupSummary;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-backup-"));
  migrations = writeMigrations(join(folder, "migrations"), { "000001-awkward": AWKWARD_SCHEMA });
  source = await emptyDatabase({ statementTimeoutMs: 0 });
  await migrate(source.db, { folder: migrations });
  await source.db.query(AWKWARD_ROWS);
  file = join(folder, "backup.sql.gz");
  summary = await backup(source.db, { file, clock: systemClock });
});

afterAll(async () => {
  await source.drop();
  rmSync(folder, { recursive: true });
});

/** Everything that a database holds and is: each table's rows as a checksum, sequences, constraints, triggers. */
async function contents(db: Database): Promise<unknown> {
  return await db.transaction(async (tx) => {
    const tables = [];
    for (const table of await listTables(tx)) tables.push(await tableFacts(tx, table));
    const constraints = await tx.query(
      "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated from pg_constraint where connamespace = 'headgate'::regnamespace order by 1, 2",
    );
    const triggers = await tx.query("select tgrelid::regclass::text, tgname, tgenabled from pg_trigger where not tgisinternal order by 1, 2");
    const totals = await tx.query("select * from headgate.total order by 1");
    return { tables, sequences: await listSequences(tx), constraints, triggers, totals };
  });
}

async function withEmpty(work: (target: FreshDatabase) => Promise<void>): Promise<void> {
  const target = await emptyDatabase({ statementTimeoutMs: 0 });
  try {
    await work(target);
  } finally {
    await target.drop();
  }
}

async function refused(code: ProblemCode, doing: Promise<unknown>, words?: string): Promise<void> {
  await expect(doing).rejects.toMatchObject({ code, ...(words === undefined ? {} : { detail: expect.stringContaining(words) }) });
}

describe("a backup", () => {
  test("is put back with every row, sequence, constraint and trigger as it was", async () => {
    await withEmpty(async ({ db }) => {
      const restored = await restore(db, { file, folder: migrations });
      expect(await contents(db)).toEqual(await contents(source.db));
      expect(restored.tables).toEqual(summary.tables);
      expect(restored.tables.find((facts) => facts.name === "headgate.account")?.rows).toBe(2002n);
      const results = await verify(db, schemaVerifications(migrations));
      expect(results.flatMap((result) => result.faults)).toEqual(["trigger switched_off of person is switched off"]);
      const [next] = await db.query("insert into headgate.account (name, owner_id) values ('new', '00000000-0000-7000-8000-000000000001') returning id");
      expect(next).toEqual({ id: 2003n });
      await expect(db.query("truncate headgate.entry")).rejects.toThrow("append-only");
    });
  });

  test("is a text that zcat shows and psql could run", () => {
    const text = gunzipSync(readFileSync(file)).toString("utf8");
    expect(text).toMatch(/^-- Headgate backup \{"format":1,/);
    expect(text).toContain("\nbegin;\nset local session_replication_role = replica;\ntruncate headgate.account, ");
    expect(text).toContain("\nselect pg_catalog.setval('headgate.never_used', 100, false);\n");
    expect(text).toContain("\nselect pg_catalog.setval('headgate.used', 15, true);\n");
    expect(text.trimEnd().split("\n").at(-1)).toMatch(/^-- SHA-256 of the compressed bytes before this line: [0-9a-f]{64}$/);
  });

  test("is for its owner's eyes, and is not replaced unless asked", async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await refused("db.backup-exists", backup(source.db, { file, clock: systemClock }));
    const again = await backup(source.db, { file: join(folder, "again.sql.gz"), clock: systemClock });
    const replaced = await backup(source.db, { file: join(folder, "again.sql.gz"), clock: systemClock, overwrite: true });
    expect(replaced.tables).toEqual(again.tables);
  });

  test("is of one moment, whatever is written meanwhile", async () => {
    await withEmpty(async ({ db, url }) => {
      await restore(db, { file, folder: migrations });
      let wrote = false;
      const later = await openDatabase({ url });
      const busy = join(folder, "busy.sql.gz");
      let writing: Promise<unknown> = Promise.resolve();
      await backup(db, {
        file: busy,
        clock: systemClock,
        onTable: () => {
          if (!wrote) writing = later.query("insert into headgate.event values ('2026-06-06', 'during')");
          wrote = true;
        },
      });
      await writing;
      await later.close();
      const { tables } = await describeBackup(busy);
      expect(tables.find((facts) => facts.name === "headgate.event_2026")?.rows).toBe(1n);
    });
  });

  test("needs a schema and a folder", async () => {
    await withEmpty(async ({ db }) => {
      await refused("db.nothing-to-back-up", backup(db, { file: join(folder, "nothing.gz"), clock: systemClock }));
      await refused("file.unreadable", backup(source.db, { file: join(folder, "no", "where.gz"), clock: systemClock }));
      expect(readdirSync(folder).filter((name) => name.includes("nothing") || name.startsWith("."))).toEqual([]);
    });
  });
});

describe("a restore refuses", () => {
  test("a database with rows of its own, unless they are to be replaced", async () => {
    await withEmpty(async ({ db }) => {
      await migrate(db, { folder: migrations });
      await restore(db, { file, folder: migrations });
      await db.query("insert into headgate.event values ('2026-07-07', 'mine')");
      await refused("db.not-empty", restore(db, { file, folder: migrations }));
      expect(await db.query("select what from headgate.event where at = '2026-07-07'")).toEqual([{ what: "mine" }]);
      await restore(db, { file, folder: migrations, replace: true });
      expect(await contents(db)).toEqual(await contents(source.db));
    });
  });

  test("a file that is cut off anywhere", async () => {
    const whole = readFileSync(file);
    const cut = join(folder, "cut.gz");
    await withEmpty(async ({ db }) => {
      for (const length of [0, 1, 9, 10, 200, Math.floor(whole.length / 2), whole.length - 100, whole.length - 1]) {
        writeFileSync(cut, whole.subarray(0, length));
        await refused("db.backup-damaged", restore(db, { file: cut, folder: migrations }));
      }
      writeFileSync(cut, Buffer.concat([whole, Buffer.from("x")]));
      await refused("db.backup-damaged", restore(db, { file: cut, folder: migrations }));
      expect(await db.query("select 1 from pg_namespace where nspname = 'headgate'")).toEqual([]);
    });
  });

  test("a file with any one bit altered", async () => {
    const whole = readFileSync(file);
    const altered = join(folder, "altered.gz");
    // Every bit of both ends, where gzip's own fields lie, and samples of the rest.
    const places = [
      ...Array(40).keys(),
      ...Array.from({ length: 40 }, (_, index) => Math.floor((whole.length * (index + 0.5)) / 40)),
      ...Array.from({ length: 200 }, (_, index) => whole.length - 200 + index),
    ];
    for (const place of places) {
      const copy = Buffer.from(whole);
      copy[place]! ^= 1 << (place % 8);
      writeFileSync(altered, copy);
      await refused("db.backup-damaged", describeBackup(altered));
    }
    await refused("db.backup-damaged", restore(source.db, { file: altered, folder: migrations, replace: true }));
  });

  test("a file that is none, or is not there", async () => {
    writeFileSync(join(folder, "letter.txt"), "Dear committee, ".repeat(100));
    await refused("db.backup-damaged", describeBackup(join(folder, "letter.txt")));
    await refused("file.unreadable", describeBackup(join(folder, "gone.gz")));
  });

  test("a backup of a newer Headgate, or of one with other migrations", async () => {
    const newer = writeMigrations(join(folder, "newer"), {
      "000001-awkward": AWKWARD_SCHEMA,
      "000002-more": "create table headgate.more (id bigint primary key);",
    });
    await withEmpty(async (made) => {
      await migrate(made.db, { folder: newer });
      const ofNewer = join(folder, "newer.gz");
      await backup(made.db, { file: ofNewer, clock: systemClock });
      await refused("db.schema-newer", restore(source.db, { file: ofNewer, folder: migrations, replace: true }), "the backup has migration 2");
    });
    const other = writeMigrations(join(folder, "other"), { "000001-awkward": `${AWKWARD_SCHEMA}\n-- edited` });
    await refused("db.migration-changed", restore(source.db, { file, folder: other, replace: true }));
  });
});

describe("a restore of an older backup", () => {
  test("builds the old schema, fills it, and then migrates", async () => {
    const newer = writeMigrations(join(folder, "two"), {
      "000001-awkward": AWKWARD_SCHEMA,
      "000002-more":
        "alter table headgate.person add column nick text not null default 'none'; update headgate.person set nick = upper(name); drop table headgate.empty;",
    });
    await withEmpty(async ({ db }) => {
      await migrate(db, { folder: newer });
      const restored = await restore(db, { file, folder: newer });
      expect(restored.migrated.map((migration) => migration.number)).toEqual([2]);
      expect(await db.query("select nick from headgate.person order by id limit 1")).toEqual([{ nick: "MARIA" }]);
      expect(await db.query("select count(*) as rows from headgate.account")).toEqual([{ rows: 2002n }]);
    });
  });

  test("leaves everything as it was when the migration fails", async () => {
    const broken = writeMigrations(join(folder, "broken"), { "000001-awkward": AWKWARD_SCHEMA, "000002-broken": "select 1 / 0;" });
    await withEmpty(async ({ db }) => {
      await migrate(db, { folder: migrations });
      await db.query("insert into headgate.event values ('2026-07-07', 'mine')");
      const before = await contents(db);
      await refused("db.migration-failed", restore(db, { file, folder: broken, replace: true }), "division by zero");
      expect(await contents(db)).toEqual(before);
    });
  });
});

test("a backup that cannot be finished leaves no file and no connection in the middle of a COPY", async () => {
  const target = join(folder, "half.gz");
  await expect(
    backup(source.db, {
      file: target,
      clock: systemClock,
      onTable: () => {
        throw new Error("stop here");
      },
    }),
  ).rejects.toThrow("stop here");
  expect(existsSync(target)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  expect(await source.db.query("select 1 as one")).toEqual([{ one: 1 }]);
});
