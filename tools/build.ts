/**
 * npm run build: the program as users get it, in dist/. The bundle, and beside it what is read as files: SQL, migrations, the dashboard,
 * the licences of what was bundled. `npm pack` runs it first.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { bundle } from "./build/bundle.ts";
import { licencesOf } from "./build/licences.ts";
import { ensureDashboard } from "./lib/dashboard.mjs";
import { ROOT } from "./lib/dependencies.mjs";

const DIST = join(ROOT, "dist");

/** SQL of the rooms and the migrations, where #db looks for them in a package. */
function copySql(): void {
  for (const room of readdirSync(join(ROOT, "src"), { withFileTypes: true })) {
    const from = join(ROOT, "src", room.name, "sql");
    if (room.isDirectory() && statSync(from, { throwIfNoEntry: false })?.isDirectory() === true)
      cpSync(from, join(DIST, "sql", room.name), { recursive: true });
  }
  cpSync(join(ROOT, "src", "db", "migrations"), join(DIST, "migrations"), { recursive: true });
}

/** Everything but the dashboard is made anew; that one knows by itself whether it has to be. */
function clean(): void {
  mkdirSync(DIST, { recursive: true });
  for (const name of readdirSync(DIST)) if (name !== "web") rmSync(join(DIST, name), { recursive: true });
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}

async function main(): Promise<void> {
  const begun = performance.now();
  clean();
  const metafiles = await bundle(ROOT, DIST);
  copySql();
  writeFileSync(join(DIST, "third-party-licences.txt"), licencesOf(metafiles, ROOT));
  await ensureDashboard();
  console.error(
    `${relative(process.cwd(), DIST) || "dist"}: ${(sizeOf(DIST) / 1024 ** 2).toFixed(1)} MiB in ${((performance.now() - begun) / 1000).toFixed(1)} s`,
  );
}

await main();
