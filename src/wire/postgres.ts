import { accessSync, constants, existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "#config";
import { openDatabase, startEmbedded, type EmbeddedProgress, type OpenDatabase } from "#db";
import { Problem } from "#kernel";

/** The database of the settings, opened: an embedded one that runs as long as somebody uses it, or one that was given. */
export type Postgres = {
  readonly db: OpenDatabase;
  /** Asked anew for each connection: the embedded server may come back on another port after a crash. */
  url(): string;
  /** For people: `PostgreSQL 18.4 (embedded)`. */
  readonly words: string;
  /** Where the embedded server keeps its data; null for one that was given. */
  readonly dataFolder: string | null;
  /** Starts the embedded server again whenever it is gone; nothing for one that was given. */
  supervise(tell: { onRestart: (downMs: number) => void; onFault: (error: unknown) => void }): void;
  /** Closes the connections and stops the embedded server, unless somebody else uses it. */
  close(): Promise<void>;
};

/** Opens the database of the settings. Applies no migration. */
export async function openPostgres(config: Config, applicationName: string, onProgress: (step: EmbeddedProgress) => void): Promise<Postgres> {
  if (config.database.url !== null) {
    const url = config.database.url;
    const db = await openDatabase({ url, applicationName });
    return { db, url: () => url, words: "PostgreSQL (given)", dataFolder: null, supervise: () => undefined, close: () => db.close() };
  }
  await ensureStateFolder(config.state);
  const embedded = await startEmbedded({ stateFolder: config.state, onProgress });
  try {
    const db = await openDatabase({ url: () => embedded.url(), applicationName });
    return {
      db,
      url: () => embedded.url(),
      words: `PostgreSQL ${embedded.version} (embedded)`,
      dataFolder: embedded.dataFolder,
      supervise: (tell) => embedded.supervise(tell),
      close: async () => {
        await db.close();
        await embedded.release();
      },
    };
  } catch (error) {
    await embedded.release();
    throw error;
  }
}

/** Only its owner may look in: the token and the jobs of everybody lie there. */
export async function ensureStateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC")
      throw new Problem("state.disk-full", { detail: `${folder} cannot be made: no space is left`, cause });
    throw new Problem("state.read-only", { detail: `${folder} cannot be made, because ${whyNot(folder)}`, cause });
  }
}

/** Of a folder on a read-only file system Node says that it does not exist; so the one above it that does is asked. */
function whyNot(folder: string): string {
  let above = dirname(folder);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  if (!statSync(above).isDirectory()) return `${above} is not a folder`;
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return `${above} has something else of its name, or refuses it`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS" ? `${above} is on a file system that is read-only` : `you may not write in ${above}`;
  }
}
