import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, type Instant } from "#kernel";
import { listFiles } from "./package-files.ts";

/** One numbered SQL file. */
export type Migration = { readonly number: number; readonly name: string; readonly checksum: string; readonly sql: string };

/** One row of headgate.migration. */
export type AppliedMigration = { readonly number: number; readonly name: string; readonly checksum: string; readonly appliedAt: Instant };

const FILE = /^(\d{6})-([a-z0-9-]+)\.sql$/;

/** The migrations of a folder in their order. Throws Problem `db.migration-missing` when the numbers do not go 1, 2, 3, or a file is not one. */
export function readMigrations(folder: string): Migration[] {
  return listFiles(folder).map((file, index) => {
    const match = FILE.exec(file);
    if (match === null) throw new Problem("db.migration-missing", { detail: `${join(folder, file)} is not named NNNNNN-name.sql` });
    if (Number(match[1]) !== index + 1) throw new Problem("db.migration-missing", { detail: `${folder} has ${file} where migration ${index + 1} should be` });
    const sql = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n");
    return { number: Number(match[1]), name: match[2]!, checksum: createHash("sha256").update(sql).digest("hex"), sql };
  });
}

/** What is still to be applied to `holder` (a database, a backup). Throws Problems `db.schema-newer`, `db.migration-changed`, `db.migration-missing`. */
export function pendingMigrations(known: readonly Migration[], applied: readonly Omit<AppliedMigration, "appliedAt">[], holder: string): Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]));
  const newest = known.at(-1)?.number ?? 0;
  for (const row of applied) {
    const migration = byNumber.get(row.number);
    if (row.number > newest) {
      throw new Problem("db.schema-newer", {
        detail: `${holder} has migration ${row.number} (${row.name}); this Headgate knows ${newest} migrations`,
        facts: { found: row.number, known: newest },
      });
    }
    if (migration === undefined || migration.checksum !== row.checksum) {
      throw new Problem("db.migration-changed", {
        detail: `migration ${row.number} (${row.name}) in ${holder} has other contents than in this Headgate`,
        facts: { migration: row.number },
      });
    }
  }
  const done = new Set(applied.map((row) => row.number));
  const pending = known.filter((migration) => !done.has(migration.number));
  const hole = pending.find((migration) => migration.number < (applied.at(-1)?.number ?? 0));
  if (hole !== undefined)
    throw new Problem("db.migration-missing", { detail: `${holder} has later migrations than ${hole.number} (${hole.name}), but not that one` });
  return pending;
}
