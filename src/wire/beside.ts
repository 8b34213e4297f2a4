import { setTimeout as pause } from "node:timers/promises";
import { ensureOwnerToken } from "#access";
import type { Config } from "#config";
import { appliedMigrations, migrationsFolder, readMigrations } from "#db";
import { Problem, systemClock, systemRandomness } from "#kernel";
import { findServer } from "#server";
import type { ServerFile } from "#server/contract";
import { openPostgres } from "./postgres.ts";
import { openRooms, type Rooms } from "./rooms.ts";

/** The rooms of a Headgate that another process serves. */
export type Beside = { readonly rooms: Rooms; close(): Promise<void> };

/** Opens the rooms on the database of a server that runs in another process; nothing of it is changed. Throws `server.running` when that one is of another version. */
export async function openBeside(config: Config, server: ServerFile): Promise<Beside> {
  const postgres = await openPostgres(config, "headgate start", () => undefined);
  try {
    const [applied, known] = [(await appliedMigrations(postgres.db)).length, readMigrations(migrationsFolder).length];
    if (applied !== known) {
      throw new Problem("server.running", {
        detail: `process ${server.pid} (version ${server.version}) serves this state folder with another schema: it has ${applied} migrations, this Headgate ${known}`,
        fix: `Stop that one first: Ctrl-C where it runs, or kill ${server.pid}.`,
      });
    }
    const owner = await ensureOwnerToken(config.state, systemRandomness);
    const rooms = await openRooms({
      config,
      postgres,
      ownerTokenHash: owner.hash,
      clock: systemClock,
      randomness: systemRandomness,
      source: "start",
      path: process.env["PATH"] ?? "",
      // What it asks for is answered on its own terminal.
      say: () => undefined,
    });
    return {
      rooms,
      close: async () => {
        await rooms.close();
        await postgres.close();
      },
    };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

const LOOK_EVERY_MS = 250;

/** As long as a first start may take on a slow machine; and longer than a stop. */
const PATIENCE_MS = 120_000;

/**
 * The server that runs on the state folder, or what `bringUp` makes. While another process starts or stops there, neither is to be had, and
 * it is waited for; `onWait` is told once. Throws what `bringUp` throws, `server.running` only when the other takes too long.
 */
export async function findOrBringUp<T>(
  state: string,
  signal: AbortSignal,
  bringUp: () => Promise<T>,
  onWait: (words: string) => void,
): Promise<{ readonly found: ServerFile } | { readonly own: T }> {
  const begun = performance.now();
  for (let round = 0; ; round += 1) {
    const found = await findServer(state);
    if (found !== null) return { found };
    try {
      return { own: await bringUp() };
    } catch (error) {
      const busy = error instanceof Problem && error.code === "server.running";
      if (!busy || signal.aborted || performance.now() - begun > PATIENCE_MS) throw error;
      if (round === 0) onWait(`waiting, because ${error.detail} and starts or stops`);
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
