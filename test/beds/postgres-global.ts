import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEmbedded } from "#db";
import { RUN_FOLDER_VARIABLE } from "./postgres.ts";

/** The folder of a run names the process of the run: headgate-test-PID-RANDOM. */
const PREFIX = "headgate-test-";

/**
 * Vitest's global set-up: gives the run a folder for its PostgreSQL. The first test that wants a database starts the server there
 * (a run without one pays nothing), all others find it; at the end of the run it is stopped and the folder removed.
 */
export default async function setup(): Promise<() => Promise<void>> {
  await removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // The server's user (as root it is another one than ours) has to be able to pass.
  chmodSync(folder, 0o711);
  process.env[RUN_FOLDER_VARIABLE] = folder;
  return () => remove(folder);
}

async function remove(folder: string): Promise<void> {
  await removeEmbedded({ stateFolder: folder, sharedFolder: join(folder, "shared") });
  rmSync(folder, { recursive: true, force: true });
}

/** A run that was killed could not clean up: the next one does, for runs of the same user whose process is gone. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    const folder = join(tmpdir(), name);
    if (pid === undefined || existsSync(`/proc/${pid}`) || statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    await remove(folder);
  }
}
