import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Config } from "#config";
import { packageRoot, packageVersion, type EmbeddedProgress } from "#db";
import { milliseconds, systemClock, type Milliseconds } from "#kernel";
import { claimState, decideExposure, openLog, startServer, type RunningServer } from "#server";
import type { Worker } from "#worker";
import { demandJobUser } from "./job-user.ts";
import { logFile } from "./log-file.ts";
import { turnWriter } from "./turn-writer.ts";
import { openHouse } from "./house.ts";
import { ensureStateFolder, type Postgres } from "./postgres.ts";
import type { Rooms } from "./rooms.ts";
import { openWorker } from "./work.ts";

export type ServeOptions = {
  /** False leaves the background work to a process of its own. */
  readonly worker: boolean;
  /** Where the log goes: to a file of the state folder, or to stderr. */
  readonly log: "file" | "stderr";
  readonly onProgress: (step: EmbeddedProgress) => void;
};

/** Everything that one Headgate is: database, rooms, HTTP, and the worker inside. */
export type Serving = {
  readonly server: RunningServer;
  readonly rooms: Rooms;
  readonly postgres: Postgres;
  readonly migrations: number;
  /** How long bringing them up took. */
  readonly took: { readonly database: Milliseconds; readonly server: Milliseconds };
  /** Stops in order: requests, then the worker (what runs goes on), then the database. Gives what of the worker had not ended in time. Repeating it is harmless. */
  stop(): Promise<readonly string[]>;
};

/** Where the built dashboard may lie. */
export const WEB_ROOTS: readonly string[] = [join(packageRoot, "dist", "web"), join(packageRoot, "web", "dist")];

/** Brings Headgate up on a state folder. What was brought up before a fault is taken down again. */
export async function bringUp(config: Config, options: ServeOptions): Promise<Serving> {
  const undo: (() => Promise<void>)[] = [];
  let left: readonly string[] = [];
  const takeDown = once(async () => {
    const faults: unknown[] = [];
    for (const step of undo.toReversed()) await step().catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw faults[0];
    return left;
  });
  try {
    // Before anything is made or a job is started.
    const { wide } = decideExposure({ host: config.server.listen.host, tls: config.server.tls, trustedProxies: config.server.trustedProxies });
    if (options.worker)
      demandJobUser({ user: config.executor.user, isRoot: process.getuid?.() === 0, reachable: wide || config.server.trustedProxies.length > 0 });
    await ensureStateFolder(config.state);
    const claim = await claimState(config.state, randomUUID());
    undo.push(() => claim.release());
    const destination = options.log === "file" ? await logFile(join(config.state, "log", "server.log")) : turnWriter((text) => void process.stderr.write(text));
    const log = openLog({ level: "info", version: packageVersion, destination });
    const begun = performance.now();
    const house = await openHouse(config, "server", log, options.onProgress);
    undo.push(house.close);
    const housed = performance.now();
    const { postgres, rooms } = house;
    let worker: Worker | null = null;
    if (options.worker) {
      worker = await openWorker(config, postgres, rooms, log);
      const { stop } = worker;
      undo.push(async () => {
        left = await stop();
      });
    }
    const server = await startServer(
      {
        host: config.server.listen.host,
        port: config.server.listen.port,
        tls: config.server.tls,
        trustedProxies: config.server.trustedProxies,
        requestsPerSecond: config.server.requestsPerSecond,
        stateFolder: config.state,
        version: packageVersion,
        webRoots: WEB_ROOTS,
      },
      {
        db: postgres.db,
        clock: systemClock,
        log,
        access: rooms.access,
        claim,
        mounted: rooms.mounted,
        ready: rooms.ready(worker),
        gauges: rooms.gauges,
        subjects: rooms.subjects,
      },
    );
    undo.push(() => server.stop());
    const took = { database: milliseconds(housed - begun), server: milliseconds(performance.now() - housed) };
    return { server, rooms, postgres, migrations: house.migrations, took, stop: takeDown };
  } catch (error) {
    // What went wrong first is what to tell; what else failed on the way down follows from it.
    await takeDown().catch(() => undefined);
    throw error;
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
