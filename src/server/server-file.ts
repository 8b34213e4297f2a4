import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SERVER_FILE, serverFileShape, type ServerFile } from "./contract.ts";
import { isAlive } from "./process-identity.ts";

/** Writes `server.json` in one piece: who reads it sees the old one or the new one. Only the holder of the claim does; what one that was killed here left goes. */
export async function writeServerFile(stateFolder: string, content: ServerFile): Promise<void> {
  const path = join(stateFolder, SERVER_FILE);
  const unfinished = (await readdir(stateFolder)).filter((name) => name.startsWith(`${SERVER_FILE}.`));
  for (const name of unfinished) await rm(join(stateFolder, name), { force: true });
  const beside = `${path}.${content.instance}`;
  await writeFile(beside, `${JSON.stringify(serverFileShape.parse(content), null, 2)}\n`, { mode: 0o600 });
  await rename(beside, path);
}

/** Where the server of a state folder answers; null when none runs there: no file, or one that a killed server left behind. */
export async function findServer(stateFolder: string): Promise<ServerFile | null> {
  const text = await readFile(join(stateFolder, SERVER_FILE), "utf8").catch(() => null);
  if (text === null) return null;
  let file: ServerFile;
  try {
    file = serverFileShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
  return (await isAlive({ pid: file.pid, start: file.process_start, bootId: file.boot_id })) ? file : null;
}

/** Removes the file if it is still this instance's. */
export async function removeServerFile(stateFolder: string, instance: string): Promise<void> {
  const found = await findServer(stateFolder);
  if (found?.instance === instance) await rm(join(stateFolder, SERVER_FILE), { force: true });
}
