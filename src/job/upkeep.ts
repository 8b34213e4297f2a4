import { rm } from "node:fs/promises";
import { join } from "node:path";
import { loadStatement, type Database } from "#db";
import { instant, instantToIso, type Clock, type Instant } from "#kernel";
import { openControlFiles } from "./local/control-files.ts";

export type UpkeepPorts = { readonly db: Database; readonly clock: Clock; readonly stateFolder: string };

const DAY_MS = 86_400_000;

/** Folders removed in one run: a long absence is made good over several. */
const FOLDERS_MAX = 500;

/** A wrapper that has not come to its marker in a week never will: the machine has been started anew, or it is stuck for good. */
const REVOKED_DAYS = 7;

/** Removes the folders of jobs that were settled more than `days` ago; their rows, checksums and results stay. Gives how many. */
export async function clearFolders(ports: UpkeepPorts, days: number): Promise<number> {
  const rows = await ports.db.query<{ id: string }>({ ...loadStatement("job", "jobs-to-clear"), readOnly: true }, [
    instantToIso(ago(ports.clock.now(), days)),
    FOLDERS_MAX,
  ]);
  const ids = rows.map((row) => row.id);
  for (const id of ids) await rm(join(ports.stateFolder, "jobs", id), { recursive: true, force: true });
  if (ids.length > 0) await ports.db.query(loadStatement("job", "mark-cleared"), [ids, instantToIso(ports.clock.now())]);
  return ids.length;
}

/** Removes start markers that keep out wrappers which can no longer come. Gives how many. */
export function clearMarkers(ports: UpkeepPorts): number {
  return openControlFiles(join(ports.stateFolder, "run")).forgetRevoked(ago(ports.clock.now(), REVOKED_DAYS));
}

function ago(now: Instant, days: number): Instant {
  return instant(now - days * DAY_MS);
}
