import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename, rm, rmdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "#kernel";
import { runCommand } from "./command.ts";
import { fileProblem, makeOwnFolder, syncFolder, writeWhole } from "./files.ts";
import { ROLE, type Site } from "./layout.ts";
import { newPassword, writePassword } from "./password.ts";

/** A fresh data directory takes 39 MB with its first WAL segment; the rest is room to start and to work. */
const FREE_BYTES_MIN = 128 * 1024 * 1024;

const INITDB_TIMEOUT_MS = 300_000;

const UNFINISHED = "init-";

/**
 * Makes the data directory if there is none. It is made in a folder beside it and renamed, so that what an initdb that was killed
 * left behind never counts as a database; such remains are removed here. The caller holds the start lock.
 * Throws Problems `state.disk-full`, `state.read-only`, `db.init-failed`, `db.start-failed`.
 */
export async function ensureInitialised({ layout, native, as, durable }: Site, onInit: () => void): Promise<void> {
  await removeUnfinished(layout.base);
  if (await isWhole(layout.data)) return;
  onInit();
  await checkSpace(layout.base);
  const work = join(layout.base, `${UNFINISHED}${randomBytes(6).toString("hex")}`);
  try {
    await makeOwnFolder(work, as);
    const passwordFile = join(work, "password");
    // Ours is written before the data directory exists, so that no data directory is ever without its password.
    const password = newPassword();
    await writePassword(layout, password);
    await writeWhole(passwordFile, `${password}\n`, 0o600, as);
    const data = join(work, "data");
    const { code, output } = await runCommand(join(native, "bin", "initdb"), initdbArguments(data, passwordFile, durable), {
      as,
      timeoutMs: INITDB_TIMEOUT_MS,
    });
    if (code !== 0) throw initProblem(output, layout.base);
    await rename(data, layout.data);
    await syncFolder(layout.base);
  } catch (error) {
    throw fileProblem(error, layout.base);
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Without these PostgreSQL cannot even begin; everything else that can be missing it names itself. */
const NEEDED = ["PG_VERSION", "global/pg_control"];

/** Whether there is a database. An empty folder is none, and goes. Throws Problem `db.start-failed` for what is only a part of one: it may be all that is left of somebody's work. */
async function isWhole(data: string): Promise<boolean> {
  if (!existsSync(data)) return false;
  try {
    if ((await readdir(data)).length === 0) {
      await rmdir(data);
      return false;
    }
  } catch (error) {
    throw fileProblem(error, data);
  }
  const missing = NEEDED.filter((name) => !existsSync(join(data, name)));
  if (missing.length === 0) return true;
  throw new Problem("db.start-failed", {
    detail: `${data} is not a whole database: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing`,
    fix: `Move it away (mv ${data} ${data}.damaged) and start again: a new database is made. headgate db restore brings a backup back into that.`,
  });
}

/**
 * The builtin C.UTF-8 collation does not depend on the system's C library, so that an upgrade of that cannot silently change the order
 * that indexes were built with; it is also five times faster to initialise than a libc or ICU locale. Messages in C: we read them.
 */
function initdbArguments(data: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${ROLE}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--builtin-locale=C.UTF-8",
    "--lc-messages=C",
    "--data-checksums",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
}

async function removeUnfinished(base: string): Promise<void> {
  try {
    for (const name of await readdir(base)) {
      if (name.startsWith(UNFINISHED)) await rm(join(base, name), { recursive: true, force: true, maxRetries: 5 });
    }
  } catch (error) {
    throw fileProblem(error, base);
  }
}

async function checkSpace(base: string): Promise<void> {
  const { bavail, bsize } = await statfs(base);
  const free = bavail * bsize;
  if (free >= FREE_BYTES_MIN) return;
  const mib = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MiB`;
  throw new Problem("state.disk-full", { detail: `${base} has ${mib(free)} free; a new database needs ${mib(FREE_BYTES_MIN)}` });
}

function initProblem(output: string, base: string): Problem {
  if (output.includes("No space left on device") || output.includes("Disk quota exceeded"))
    return new Problem("state.disk-full", { detail: `no space was left for a new database in ${base}` });
  return new Problem("db.init-failed", { detail: `initdb in ${base}: ${output === "" ? "it was ended by a signal" : output.slice(-2_000)}` });
}
