import type { Logger } from "pino";
import { accessHandlers, type Access, type Subject } from "#access";
import { accessRoutes } from "#access/contract";
import type { Database, PoolState } from "#db";
import { instantToIso, type Clock } from "#kernel";
import { freeInstance } from "./answer-store.ts";
import { buildApp, type App } from "./app.ts";
import { serverRoutes } from "./contract.ts";
import { findWebRoot } from "./dashboard.ts";
import { startEventHub, type EventHub } from "./event-hub.ts";
import { decideExposure, type ListenSettings } from "./exposure.ts";
import { forgetOldAnswers } from "./idempotency.ts";
import { STOP_MS_MAX } from "./limits.ts";
import { listen, localUrl, readTls } from "./listen.ts";
import { openMetrics, type GaugePort, type Metrics } from "./metrics.ts";
import { ALL_ROUTES } from "./all-contracts.ts";
import { checkComplete, mount, type Mounted } from "./mount.ts";
import { emitOpenApi } from "./openapi.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import { serverHandlers, type ReadyCheck } from "./server-handlers.ts";
import type { StateClaim } from "./state-claim.ts";

export type ServerSettings = ListenSettings & {
  readonly stateFolder: string;
  readonly version: string;
  /** The port that was asked for; null for the first free one from 8787 on. */
  readonly port: number | null;
  /** Folders where the built dashboard may lie, in order. */
  readonly webRoots: readonly string[];
  /** What one credential may ask in a second; without it the default. */
  readonly requestsPerSecond?: number | null;
};

export type ServerPorts = {
  readonly db: Database & { pool(): PoolState };
  readonly clock: Clock;
  readonly log: Logger;
  readonly access: Access;
  /** The state folder, taken for this process before the database was opened. */
  readonly claim: StateClaim;
  /** The other rooms' routes with their handlers: `mount(jobRoutes, jobHandlers(jobs))`. Those of access and of the server are added here. */
  readonly mounted: readonly Mounted[];
  readonly ready: readonly ReadyCheck[];
  readonly gauges: readonly GaugePort[];
  /** What a changed id is about, for those who follow the events; ids that are no more are left out. */
  readonly subjects: {
    job(ids: readonly string[]): Promise<ReadonlyMap<string, Extract<Subject, { kind: "job" }>>>;
    budget(ids: readonly string[]): Promise<ReadonlyMap<string, Extract<Subject, { kind: "account" }>>>;
  };
};

export type RunningServer = {
  readonly url: string;
  readonly port: number;
  /** Whether there is a built dashboard to open. */
  readonly dashboard: boolean;
  /** Takes no more requests, ends streams, lets what is under way finish (10 s at most), removes server.json; the claim stays the caller's. Repeating it is harmless. */
  stop(): Promise<void>;
};

/** How often answers older than a day are forgotten. */
const SWEEP_EVERY_MS = 10 * 60 * 1000;

/**
 * Starts the HTTP door. Throws `server.exposed`, `server.tls`, `config.invalid`, `server.port-taken`, `server.address`; nothing is left
 * behind then, except the claim on the state folder, which is the caller's.
 */
export async function startServer(settings: ServerSettings, ports: ServerPorts): Promise<RunningServer> {
  const exposure = decideExposure(settings);
  const tls = settings.tls === null ? null : await readTls(settings.tls);
  const { instance, previous } = ports.claim;
  if (previous !== null) await freeInstance(ports.db, previous, ports.clock.now());
  const hub = await openHub(ports);
  const metrics = openMetrics({ gauges: ports.gauges, pool: () => ports.db.pool(), streams: () => hub.subscribers });
  const webRoot = findWebRoot(settings.webRoots);
  const { db, clock, log, access } = ports;
  let app: App | undefined;
  try {
    app = await buildApp({
      mounted: mountAll(settings, ports, hub, metrics),
      access,
      db,
      clock,
      log,
      metrics,
      instance,
      ...exposure,
      tls,
      trustedProxies: settings.trustedProxies,
      requestsPerSecond: settings.requestsPerSecond ?? null,
      webRoot,
    });
    const port = await listen(app.http, settings.host, settings.port);
    const url = localUrl(settings.host, port, tls?.names ?? null);
    const { pid, start, bootId } = ports.claim.identity;
    await writeServerFile(settings.stateFolder, {
      url,
      pid,
      process_start: start,
      boot_id: bootId,
      instance,
      version: settings.version,
      started_at: instantToIso(clock.now()),
    });
    log.info({ url, dashboard: webRoot !== null }, "listening");
    return { url, port, dashboard: webRoot !== null, stop: stopper(settings.stateFolder, ports, app, hub, metrics) };
  } catch (error) {
    await app?.http.close();
    await hub.close();
    metrics.close();
    throw error;
  }
}

function openHub(ports: ServerPorts): Promise<EventHub> {
  const { db, clock, access, log } = ports;
  const rightsOf = (person: { readonly name: string }) => access.people.current(person.name);
  const onFailure = (words: string, error: unknown) => log.warn({ err: error }, words);
  return startEventHub(
    { listen: (channel, onNotify) => db.listen(channel, onNotify), subjects: ports.subjects, rightsOf, onFailure },
    clock,
    ports.claim.instance,
  );
}

function mountAll(settings: ServerSettings, ports: ServerPorts, hub: EventHub, metrics: Metrics): Mounted[] {
  let document: Readonly<Record<string, unknown>> | undefined;
  const openApi = () => (document ??= emitOpenApi(settings.version));
  const own = serverHandlers({ version: settings.version, ready: ports.ready, metrics, hub, openApi });
  const mounted = [...mount(serverRoutes, own), ...mount(accessRoutes, accessHandlers(ports.access)), ...ports.mounted];
  checkComplete(mounted, ALL_ROUTES);
  return mounted;
}

function stopper(stateFolder: string, ports: ServerPorts, app: App, hub: EventHub, metrics: Metrics): () => Promise<void> {
  const sweep = setInterval(() => {
    forgetOldAnswers(ports.db, ports.clock).catch((error: unknown) => ports.log.warn({ err: error }, "old answers could not be forgotten"));
  }, SWEEP_EVERY_MS);
  sweep.unref();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(sweep);
    app.underWay.stop();
    await removeServerFile(stateFolder, ports.claim.instance);
    await closeApp(app, STOP_MS_MAX);
    await hub.close();
    metrics.close();
    ports.log.info("stopped");
  };
  return () => (stopped ??= stop());
}

/** Ends streams, waits for what is under way, and after the bound cuts what is left. */
export async function closeApp({ http, underWay }: App, boundMs: number): Promise<void> {
  underWay.stop();
  const bound = setTimeout(() => {
    underWay.cut();
    http.server.closeAllConnections();
  }, boundMs);
  let late: NodeJS.Timeout | undefined;
  try {
    await http.close();
    // Work whose caller has gone may still be running; after the bound and a second for its aborted signal it is left to the next start.
    const givenUp = new Promise<void>((resolve) => {
      late = setTimeout(resolve, boundMs + 1000);
    });
    await Promise.race([underWay.idle(), givenUp]);
  } finally {
    clearTimeout(bound);
    clearTimeout(late);
  }
}
