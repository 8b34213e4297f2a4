import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopEmbedded } from "#db";
import { RUN_FOLDER_VARIABLE } from "./postgres.ts";

/**
 * Vitest's global set-up: gives the run a folder for its PostgreSQL. The first test that wants a database starts the server there
 * (a run without one pays nothing), all others find it; at the end of the run it is stopped and the folder removed.
 */
export default function setup(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-test-"));
  // The server's user (as root it is another one than ours) has to be able to pass.
  chmodSync(folder, 0o711);
  process.env[RUN_FOLDER_VARIABLE] = folder;
  return async () => {
    await stopEmbedded({ stateFolder: folder, sharedFolder: join(folder, "shared") });
    rmSync(folder, { recursive: true, force: true });
  };
}
