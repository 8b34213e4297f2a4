import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeMigrations } from "../../test/beds/awkward-schema.ts";
import { emptyDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open-database.ts";
import { schemaVerifications, verify } from "./verify.ts";

const SCHEMA = `
create table headgate.parent (id bigint generated always as identity primary key, name text);
create table headgate.child (id bigint primary key, parent_id bigint);
create index child_parent on headgate.child (parent_id);
create function headgate.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger watch before insert on headgate.child for each row execute function headgate.nothing();`;

let folder: string;
let fresh: FreshDatabase;
let db: Database;

beforeAll(async () => {
  folder = writeMigrations(join(mkdtempSync(join(tmpdir(), "headgate-verify-")), "migrations"), { "000001-things": SCHEMA });
  fresh = await emptyDatabase();
  db = fresh.db;
  await migrate(db, { folder });
});
afterAll(async () => {
  await fresh.drop();
  rmSync(join(folder, ".."), { recursive: true });
});

async function faults(): Promise<readonly string[]> {
  return (await verify(db, schemaVerifications(folder))).flatMap((result) => result.faults);
}

describe("the checks of the schema", () => {
  test("say what they looked at, and find nothing where nothing is wrong", async () => {
    const results = await verify(db, schemaVerifications(folder));
    expect(results.flatMap((result) => result.faults)).toEqual([]);
    expect(results.map((result) => result.checked > 0n)).toEqual(results.map(() => true));
  });

  test.each([
    [
      "a constraint that was not checked",
      "alter table child add constraint known_parent foreign key (parent_id) references parent not valid",
      "constraint known_parent of child has not been checked",
    ],
    ["a trigger that was switched off", "alter table child disable trigger watch", "trigger watch of child is switched off"],
    [
      "an index that is not usable",
      "update pg_index set indisvalid = false where indexrelid = 'child_parent'::regclass",
      "index child_parent of child is not usable",
    ],
    [
      "a sequence that would give a number twice",
      "insert into parent (id) overriding system value values (1)",
      "parent_id_seq gives 1 next, but parent has 1 already",
    ],
    ["a migration that is missing", "delete from headgate.migration", "migration 1 (things) has not been applied"],
    [
      "a migration that was edited",
      "update headgate.migration set checksum = repeat('0', 64)",
      "migration 1 (things) in the database has other contents than in this Headgate",
    ],
  ])("find %s", async (_what, damage, fault) => {
    const owner = await openDatabase({ url: fresh.url });
    const found = await owner.transaction(async (tx) => {
      await tx.query(damage);
      const results = [];
      for (const check of schemaVerifications(folder)) results.push(...(await check.run(tx)).faults);
      // The damage was for the checks alone; what is committed is an empty transaction.
      await tx.query("rollback; begin");
      return results;
    });
    await owner.close();
    expect(found).toEqual([fault]);
    expect(await faults()).toEqual([]);
  });
});

describe("verifying", () => {
  test("runs every check on the same moment, even when one of them cannot be run", async () => {
    const counting = {
      name: "counts",
      run: async (tx: Database) => {
        const [row] = await tx.query<{ rows: bigint }>("select count(*) as rows from parent");
        await db.query("insert into parent (name) values ('meanwhile')");
        return { checked: row!.rows, faults: [] };
      },
    };
    const broken = {
      name: "broken",
      run: async (tx: Database) => {
        await tx.query("select * from no_such_table");
        return { checked: 0n, faults: [] };
      },
    };
    const results = await verify(db, [counting, broken, counting]);
    expect(results.map((result) => result.checked)).toEqual([0n, 0n, 0n]);
    expect(results[1]?.faults).toEqual(['the check could not be run: relation "no_such_table" does not exist']);
  });

  test("changes nothing", async () => {
    const writing = {
      name: "writes",
      run: async (tx: Database) => ({ checked: BigInt((await tx.query("insert into parent (name) values ('x') returning id")).length), faults: [] }),
    };
    await expect(verify(db, [writing])).rejects.toMatchObject({ code: "db.unsuitable" });
  });

  test("names the first hundred faults and counts the others", async () => {
    const [result] = await verify(db, [
      { name: "many", run: () => Promise.resolve({ checked: 250n, faults: Array.from({ length: 250 }, (_, index) => `fault ${index}`) }) },
    ]);
    expect([result?.faults.length, result?.faults.at(-1), result?.more]).toEqual([100, "fault 99", 150]);
  });
});
