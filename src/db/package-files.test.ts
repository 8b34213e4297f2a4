import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSql, loadStatement, migrationsFolder, packageRoot } from "./package-files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-package-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("in a clone a room's SQL lies beside the room, is read once, and is named for preparing", () => {
  expect(migrationsFolder).toBe(join(packageRoot, "src", "db", "migrations"));
  expect(loadStatement("access", "person-get")).toEqual({ name: "access.person-get", text: loadSql("access", "person-get") });
  expect(loadSql("access", "person-get")).toContain("select");
  expect(() => loadSql("db", "no-such-statement")).toThrow("ENOENT");
});

test("in a package it lies beside the bundle, wherever that was installed", async () => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "headgate", version: "1.2.3", type: "module" }));
  mkdirSync(join(folder, "dist", "sql", "budget"), { recursive: true });
  writeFileSync(join(folder, "dist", "sql", "budget", "hold.sql"), "select 'hold'");
  const program = join(folder, "program.ts");
  writeFileSync(
    program,
    `import { loadSql, migrationsFolder, packageRoot, packageVersion } from "${join(packageRoot, "src/db/package-files.ts")}"; console.log(JSON.stringify([loadSql("budget", "hold"), migrationsFolder, packageRoot, packageVersion]));`,
  );
  await build({ entryPoints: [program], outfile: join(folder, "dist", "bundle.js"), bundle: true, platform: "node", format: "esm", logLevel: "silent" });
  const said: unknown = JSON.parse(execFileSync(process.execPath, [join(folder, "dist", "bundle.js")], { encoding: "utf8" }));
  expect(said).toEqual(["select 'hold'", join(folder, "dist", "migrations"), folder, "1.2.3"]);
});
