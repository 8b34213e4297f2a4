import type { Logger } from "pino";
import type { Running } from "#cli";
import type { Config } from "#config";
import { packageVersion } from "#db";
import { systemClock, systemRandomness } from "#kernel";
import { openLog } from "#server";
import { startWorker, type Worker } from "#worker";
import { openHouse } from "./house.ts";
import type { Postgres } from "./postgres.ts";
import type { Rooms } from "./rooms.ts";
import { untilAborted } from "./until-aborted.ts";

/** Starts the worker on rooms that are open; inside the server, or alone. */
export function openWorker(config: Config, postgres: Postgres, rooms: Rooms, log: Logger): Promise<Worker> {
  const { ledger, apps, pricing, alerts } = rooms;
  const ports = { db: postgres.db, databaseUrl: postgres.url, ledger, apps, pricing, alerts, clock: systemClock, randomness: systemRandomness, log };
  return startWorker(ports, { stateFolder: config.state, ...config.executor });
}

/** `headgate worker`: background work alone, until the signal; its log goes to stderr. */
export async function work({ config, signal }: Running): Promise<void> {
  const log = openLog({ level: "info", version: packageVersion, destination: { write: (line: string) => void process.stderr.write(line) } });
  const house = await openHouse(config, "worker", log, () => undefined);
  try {
    const worker = await openWorker(config, house.postgres, house.rooms, log);
    log.info({ pool: worker.status().pool }, "working");
    try {
      await untilAborted(signal);
    } finally {
      await worker.stop();
    }
  } finally {
    await house.close();
  }
}
