import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "#kernel";

/**
 * The folder of the package, and whether this program runs from its sources (a clone) or from the bundle in `dist/` (an
 * installed package). A clone may have a `dist/` too; what counts is where this file itself was loaded from.
 */
const here = locate();

function locate(): { root: string; version: string; sources: boolean } {
  const file = fileURLToPath(import.meta.url);
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown; version?: unknown };
    if (name === "headgate") return { root: folder, version: String(version), sources: file === join(folder, "src", "db", "package-files.ts") };
  }
  throw new Error(`${file} is not inside the headgate package`);
}

export const packageRoot = here.root;
export const packageVersion = here.version;

const loaded = new Map<string, string>();

/** The SQL of one room's statement: `src/<room>/sql/<name>.sql` in a clone, `dist/sql/<room>/<name>.sql` in the package. Read once. */
export function loadSql(room: string, name: string): string {
  const path = here.sources ? join(packageRoot, "src", room, "sql", `${name}.sql`) : join(packageRoot, "dist", "sql", room, `${name}.sql`);
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, "utf8");
  invariant(text.trim() !== "", `${path} holds a statement`);
  loaded.set(path, text);
  return text;
}

/** The same as a named statement, which PostgreSQL parses and plans once for each connection: for what runs often. */
export function loadStatement(room: string, name: string): { readonly name: string; readonly text: string } {
  return { name: `${room}.${name}`, text: loadSql(room, name) };
}

/** Where the numbered migrations lie. */
export const migrationsFolder = here.sources ? join(packageRoot, "src", "db", "migrations") : join(packageRoot, "dist", "migrations");

/** The names in a folder of the package, in order. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder).toSorted();
}
