import type { Logger } from "pino";
import { ensureOwnerToken } from "#access";
import type { Config } from "#config";
import { migrate, type EmbeddedProgress } from "#db";
import { systemClock, systemRandomness } from "#kernel";
import { openPostgres, type Postgres } from "./postgres.ts";
import { openRooms, type Rooms } from "./rooms.ts";

/** The database with the schema of this version, looked after, and every room open on it. */
export type House = {
  readonly postgres: Postgres;
  readonly rooms: Rooms;
  /** How many migrations were applied now. */
  readonly migrations: number;
  close(): Promise<void>;
};

/** Opens the house for a door; what was opened before a fault is closed again. */
export async function openHouse(config: Config, door: "server" | "worker", log: Logger, onProgress: (step: EmbeddedProgress) => void): Promise<House> {
  const postgres = await openPostgres(config, `headgate ${door}`, onProgress);
  try {
    const applied = await migrate(postgres.db);
    postgres.supervise({
      onRestart: (downMs) => log.warn({ down_ms: downMs }, "PostgreSQL was gone and runs again"),
      onFault: (error) => log.error({ err: error }, "PostgreSQL is gone and does not start"),
    });
    const owner = await ensureOwnerToken(config.state, systemRandomness);
    const rooms = await openRooms({
      config,
      postgres,
      ownerTokenHash: owner.hash,
      clock: systemClock,
      randomness: systemRandomness,
      source: door,
      path: process.env["PATH"] ?? "",
      say: (facts, words) => log.info(facts, words),
    });
    return {
      postgres,
      rooms,
      migrations: applied.length,
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
