import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { accessHandlers, ensureOwnerToken, openAccess, readIssuers, type Access } from "#access";
import { accessRoutes } from "#access/contract";
import type { OpenDatabase } from "#db";
import { instant, manualClock, systemRandomness } from "#kernel";
import { freshDatabase } from "../../test/beds/postgres.ts";
import { buildApp, type App, type AppOptions } from "./app.ts";
import { openLog } from "./log.ts";
import { openMetrics, type Metrics } from "./metrics.ts";
import { mount, type Mounted } from "./mount.ts";

/** A whole HTTP application on a database of its own, for tests: nothing listens, requests are injected. */
export type TestApp = App & {
  readonly access: Access;
  readonly db: OpenDatabase;
  readonly clock: ReturnType<typeof manualClock>;
  readonly metrics: Metrics;
  readonly ownerToken: string;
  /** What was logged, line by line. */
  readonly logged: Record<string, unknown>[];
  /** Sends a request as the owner, from this machine. Headers that are given win; an empty one is left out. */
  send(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Another application on the same database: a second replica, or the first after a restart. */
  another(changes?: Partial<AppOptions>): Promise<App>;
  /** A session's cookie for a person, as a browser would send it. */
  cookieOf(person: string): Promise<string>;
  drop(): Promise<void>;
};

export const OWN_HOST = "127.0.0.1:8787";
export const OWN_ORIGIN = `http://${OWN_HOST}`;

export async function openTestApp(mounted: readonly Mounted[], changes: Partial<AppOptions> = {}, issuersFile: string | null = null): Promise<TestApp> {
  const bed = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "headgate-http-"));
  const owner = await ensureOwnerToken(folder, systemRandomness);
  const clock = manualClock(instant(Date.UTC(2026, 10, 21, 12)));
  const accounts = { pathOf: async (name: string) => (["climate", "materials"].includes(name) ? [name] : null) };
  const logged: Record<string, unknown>[] = [];
  const log = openLog({
    level: "debug",
    version: "test",
    destination: { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const issuers = issuersFile === null ? [] : await readIssuers(issuersFile);
  const say = (facts: object, words: string) => log.info(facts, words);
  const access = await openAccess({ db: bed.db, clock, randomness: systemRandomness, accounts }, owner.hash, { issuers, say });
  for (const name of ["maria", "sarah"]) await access.people.ensure({ name, displayName: name, email: null, admin: false });
  await access.people.ensureMember({ person: "maria", account: "materials", role: "member" });
  const metrics = openMetrics({ gauges: [], pool: () => bed.db.pool(), streams: () => 0 });
  const apps: App[] = [];
  async function another(more: Partial<AppOptions> = {}): Promise<App> {
    const own = {
      access,
      db: bed.db,
      clock,
      log,
      metrics,
      instance: randomUUID(),
      tls: null,
      trustedProxies: [],
      wide: false,
      proxyOnly: false,
      webRoot: null,
    };
    const app = await buildApp({ ...own, ...changes, ...more, mounted: [...mount(accessRoutes, accessHandlers(access)), ...mounted] });
    apps.push(app);
    return app;
  }
  const app = await another();
  const send = (options: InjectOptions) => sendTo(app, owner.secret, options);
  async function cookieOf(person: string): Promise<string> {
    const { code } = await access.signIn.createCode({ name: "owner", admin: true }, person);
    return `headgate_session_8787=${(await access.signIn.signIn(code)).secret}`;
  }
  async function drop(): Promise<void> {
    for (const one of apps) {
      one.underWay.cut();
      await one.http.close();
    }
    metrics.close();
    await bed.drop();
    await rm(folder, { recursive: true, force: true });
  }
  return { ...app, access, db: bed.db, clock, metrics, ownerToken: owner.secret, logged, send, another, cookieOf, drop };
}

export async function sendTo(app: App, ownerToken: string, options: InjectOptions): Promise<LightMyRequestResponse> {
  const headers: Record<string, unknown> = { host: OWN_HOST, authorization: `Bearer ${ownerToken}`, ...options.headers };
  const kept = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== "")) as Record<string, string>;
  return app.http.inject({ ...options, headers: kept });
}
