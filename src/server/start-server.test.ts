import { execFile, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { get as httpsGet } from "node:https";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ensureOwnerToken, openAccess, type Access } from "#access";
import { Problem, systemClock, systemRandomness } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import { ALL_ROUTES } from "./all-contracts.ts";
import { problemShape } from "./contract.ts";
import { decideExposure } from "./exposure.ts";
import { listen } from "./listen.ts";
import { openLog } from "./log.ts";
import type { AnyHandler, Mounted } from "./mount.ts";
import { clientProblem } from "./problem-document.ts";
import { findServer } from "./server-file.ts";
import type { ReadyCheck } from "./server-handlers.ts";
import { closeApp, startServer, type RunningServer, type ServerSettings } from "./start-server.ts";
import { claimState } from "./state-claim.ts";
import { openTestApp } from "./test-bed.ts";

/** Node reads certificates but makes none. */
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

let bed: FreshDatabase;
let folder: string;
let token: string;
let access: Access;
let ready: ReadyCheck[] = [];
/** What the handlers of other rooms' routes do; by route id. */
const behaviour = new Map<string, AnyHandler>();
const running: RunningServer[] = [];

beforeAll(async () => {
  bed = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "headgate-server-"));
  const owner = await ensureOwnerToken(folder, systemRandomness);
  token = owner.secret;
  access = await openAccess({ db: bed.db, clock: systemClock, randomness: systemRandomness, accounts: { pathOf: async () => null } }, owner.hash);
  await access.people.ensure({ name: "maria", displayName: "Maria", email: null, admin: false });
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  behaviour.clear();
  ready = [];
});
afterAll(async () => {
  await bed.drop();
  await rm(folder, { recursive: true, force: true });
});

const OWN_TAGS = ["access", "people", "server"];

async function start(changes: Partial<ServerSettings> = {}): Promise<RunningServer> {
  const mounted = ALL_ROUTES.filter((route) => !OWN_TAGS.includes(route.tag)).map((route): Mounted => {
    const handle: AnyHandler = async (request) => (behaviour.get(route.id) ?? (async () => ({ items: [], next: null })))(request);
    return { route, handle };
  });
  const stateFolder = await mkdtemp(join(folder, "state-"));
  const claim = await claimState(stateFolder, randomUUID());
  const subjects = {
    job: async (ids: readonly string[]) => new Map(ids.map((id) => [id, { kind: "job" as const, owner: "maria", path: ["materials"] }])),
    budget: async (ids: readonly string[]) => new Map(ids.map((id) => [id, { kind: "account" as const, path: [id] }])),
  };
  const gauges = [
    {
      name: "headgate_jobs",
      help: "Jobs by state.",
      label: "state",
      read: async () => [
        { of: "running", value: 3 },
        { of: "queued", value: 5 },
      ],
    },
    { name: "headgate_holds", help: "Open holds.", label: null, read: async () => [{ of: "", value: 2 }] },
    { name: "headgate_broken", help: "Cannot be read.", label: null, read: async () => Promise.reject(new Error("no such table")) },
  ];
  const settings = { stateFolder, version: "9.9.9", host: "127.0.0.1", port: 0, tls: null, trustedProxies: [], webRoots: [], ...changes };
  const log = openLog({ level: "silent", version: "9.9.9" });
  const server = await startServer(settings, { db: bed.db, clock: systemClock, log, access, claim, mounted, ready, gauges, subjects });
  running.push(server);
  return server;
}

const bearer = () => ({ authorization: `Bearer ${token}` });
const ask = (server: RunningServer, path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { ...init, headers: { ...bearer(), ...(init.headers as Record<string, string> | undefined) } });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

/** A raw connection: what it received, all of it, when the other side has closed. */
async function raw(server: RunningServer, send: (socket: Socket) => void): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  send(socket);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

/** A gate that work waits at, and the word that it has come there. */
function gate(): { wait: () => Promise<void>; open: () => void; reached: Promise<void> } {
  const [opened, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return { wait: () => (arrived.resolve(), opened.promise), open: opened.resolve, reached: arrived.promise };
}

describe("a running server", () => {
  test("answers at the address in server.json, which is gone when it has stopped", async () => {
    const server = await start();
    const stateFolder = join(
      folder,
      (await readdir(folder)).findLast((name) => name.startsWith("state-"))!,
    );
    const found = await findServer(stateFolder);
    expect(found).toMatchObject({ url: server.url, pid: process.pid, version: "9.9.9" });
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: "ok", version: "9.9.9" });
    await server.stop();
    expect(await findServer(stateFolder)).toBeNull();
    await expect(fetch(`${server.url}/health`)).rejects.toThrow("fetch failed");
  });

  test("listens on this machine alone", async () => {
    const server = await start();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  });

  test("says on which port it cannot listen", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    expect(await codeOf(start({ port }))).toBe("server.port-taken");
    other.close();
  });

  test("takes the next free port when nobody asked for a certain one", async () => {
    const [first, second] = [await start({ port: null }), await start({ port: null })];
    expect(first.port).toBeGreaterThanOrEqual(8787);
    expect(second.port).toBeGreaterThan(first.port);
    expect((await fetch(`${second.url}/health`)).status).toBe(200);
  });

  test("says that an address is none of this machine's", async () => {
    expect(await codeOf(start({ host: "192.0.2.1", trustedProxies: ["192.0.2.2"] }))).toBe("server.address");
  });

  test("is ready when every check is well, and says which is not", async () => {
    ready = [{ name: "database", check: async () => "answers" }];
    expect(await (await fetch(`${(await start()).url}/ready`)).json()).toEqual({ status: "ready", checks: { database: "answers" } });
    ready = [...ready, { name: "worker", check: async () => Promise.reject(new Problem("server.not-ready", { detail: "gone" })) }];
    const reply = await fetch(`${(await start()).url}/ready`);
    expect([reply.status, await reply.json()]).toMatchObject([
      503,
      { code: "server.not-ready", facts: { checks: { database: "answers", worker: "Not ready" } } },
    ]);
  });

  test("gives its figures to who has a token, and one that cannot be read hides no other", async () => {
    const server = await start();
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    await ask(server, "/metrics");
    const reply = await ask(server, "/metrics");
    const text = await reply.text();
    expect(reply.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('headgate_jobs{state="running"} 3\nheadgate_jobs{state="queued"} 5\n');
    expect(text).toMatch(/^headgate_holds 2$/m);
    expect(text).toMatch(/^headgate_gauge_failures_total\{gauge="headgate_broken"\} [1-9]/m);
  });

  test("describes itself", async () => {
    const document = (await (await fetch(`${(await start()).url}/api/v1/openapi.json`)).json()) as { info: { version: string } };
    expect(document.info.version).toBe("9.9.9");
  });
});

describe("what is not HTTP as it should be", () => {
  test("headers of more than 16 KiB are a problem", async () => {
    const reply = await raw(await start(), (socket) => socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(17 * 1024)}\r\n\r\n`));
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect(problemShape.parse(JSON.parse(reply.split("\r\n\r\n")[1]!)).code).toBe("request.headers-too-large");
  });

  test("noise is a problem", async () => {
    const reply = await raw(await start(), (socket) => socket.write("hello there\r\n\r\n"));
    expect(problemShape.parse(JSON.parse(reply.split("\r\n\r\n")[1]!)).code).toBe("request.malformed");
  });

  test("a request without a Host, or with two lengths, is refused", async () => {
    const server = await start();
    expect(await raw(server, (socket) => socket.write("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(server, (socket) => socket.write("GET /health HTTP/1.0\r\n\r\n"))).toMatch(/^HTTP\/1\.1 421 /);
    const smuggled =
      "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n";
    expect(await raw(server, (socket) => socket.write(smuggled))).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test("a client that is too slow is told so, one that is gone is told nothing", () => {
  const codes = ["ERR_HTTP_REQUEST_TIMEOUT", "HPE_HEADER_OVERFLOW", "HPE_INVALID_METHOD", "ECONNRESET"].map((code) => clientProblem(code)?.code ?? null);
  expect(codes).toEqual(["request.timeout", "request.headers-too-large", "request.malformed", null]);
});

describe("a server that is told to stop", () => {
  test("finishes what is under way, and takes nothing new", async () => {
    const { wait, open, reached } = gate();
    behaviour.set("job.list", async () => {
      await wait();
      return { items: [], next: null };
    });
    const server = await start();
    const slow = ask(server, "/api/v1/jobs");
    await reached;
    const stopped = server.stop();
    const late = await fetch(`${server.url}/health`).then(
      async (reply) => (await reply.json()) as { code: string },
      () => ({ code: "refused" }),
    );
    expect(["refused", "server.stopping"]).toContain(late.code);
    open();
    expect([(await slow).status, await (await slow).json()]).toEqual([200, { items: [], next: null }]);
    const begun = performance.now();
    await stopped;
    expect(performance.now() - begun, "a kept-alive connection does not hold the stop up").toBeLessThan(5000);
  });

  test("refuses what still comes on an open connection, with a problem", async () => {
    const { wait, open, reached } = gate();
    behaviour.set("job.list", async () => {
      await wait();
      return { items: [], next: null };
    });
    const server = await start();
    const head = `Host: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const reply = await raw(server, (socket) => {
      socket.write(`GET /api/v1/jobs HTTP/1.1\r\n${head}`);
      void reached.then(() => {
        void server.stop();
        socket.write(`GET /api/v1/session HTTP/1.1\r\n${head}`, () => open());
      });
    });
    await server.stop();
    const [first, ...rest] = reply.split("HTTP/1.1 ").slice(1);
    expect(first).toMatch(/^200 OK[^]*\r\nconnection: close\r\n/i);
    for (const late of rest) expect(late).toMatch(/^503 [^]*"code":"server.stopping"/);
  });

  test("ends streams at once, and its stop can be called twice", async () => {
    const server = await start();
    const stream = await ask(server, "/api/v1/events");
    const reader = stream.body!.getReader();
    await reader.read();
    await Promise.all([server.stop(), server.stop()]);
    const rest: unknown[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest.push(part.value);
    expect(rest.length).toBeLessThan(3);
  });
});

describe("work that does not end", () => {
  test("is aborted when the bound of the stop is reached, and does not keep the server", async () => {
    const arrived = Promise.withResolvers<AbortSignal>();
    const handle: AnyHandler = ({ signal }) => {
      arrived.resolve(signal);
      return new Promise(() => undefined);
    };
    const app = await openTestApp(ALL_ROUTES.filter((route) => route.id === "job.list").map((route) => ({ route, handle })));
    const port = await listen(app.http, "127.0.0.1", 0);
    const cut = fetch(`http://127.0.0.1:${port}/api/v1/jobs`, { headers: { authorization: `Bearer ${app.ownerToken}` } }).then(
      () => "answered",
      () => "cut",
    );
    const signal = await arrived.promise;
    expect(signal.aborted).toBe(false);
    await closeApp(app, 20);
    expect([signal.aborted, await cut]).toEqual([true, "cut"]);
    await app.drop();
  });

  test("learns that its caller has gone away", async () => {
    const { promise: gone, resolve } = Promise.withResolvers<unknown>();
    const arrived = Promise.withResolvers<void>();
    behaviour.set("job.list", ({ signal }) => {
      signal.addEventListener("abort", () => resolve(signal.reason));
      arrived.resolve();
      return gone.then(() => ({ items: [], next: null }));
    });
    const leave = new AbortController();
    const server = await start();
    const asked = ask(server, "/api/v1/jobs", { signal: leave.signal }).catch(() => "left");
    await arrived.promise;
    leave.abort();
    expect([await asked, await gone]).toEqual(["left", expect.objectContaining({ code: "interrupted" })]);
    await ask(server, "/metrics");
    const figures = await (await ask(server, "/metrics")).text();
    expect(figures).toMatch(/^headgate_http_requests_in_flight 1$/m);
    expect(figures).toContain('headgate_http_requests_total{route="job.list",status="499"} 1');
  });
});

describe("events over HTTP", () => {
  test("tell what the database says, to those who may know, and resume", async () => {
    const server = await start();
    const stream = await ask(server, "/api/v1/events", { headers: { "headgate-act-as": "maria" } });
    expect(stream.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("retry: 2000\n\n");
    await bed.db.query("select pg_notify('budget_changed', 'climate'), pg_notify('job_changed', 'job-1')");
    const event = (await reader.read()).value ?? "";
    expect(event).toMatch(/^id: [0-9a-f]{8}-\d+\nevent: job\ndata: \{"kind":"job","id":"job-1"\}\n\n$/);
    await reader.cancel();
    const id = /^id: (\S+)/.exec(event)![1]!;
    const before = `${id.split("-")[0]}-${Number(id.split("-")[1]) - 1}`;
    const resumed = await ask(server, "/api/v1/events", { headers: { "headgate-act-as": "maria", "last-event-id": before } });
    const again = resumed.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("data:")) text += (await again.read()).value ?? "";
    expect(text).toContain(event);
    await again.cancel();
  });
});

describe("a server that the network can reach", () => {
  test("wants TLS or a named proxy", () => {
    const wide = { host: "0.0.0.0", tls: null, trustedProxies: [] };
    expect(() => decideExposure(wide)).toThrow("server.exposed");
    expect(() => decideExposure({ ...wide, host: "10.0.0.7" })).toThrow("server.exposed");
    expect(() => decideExposure({ ...wide, host: "::" })).toThrow("server.exposed");
    expect(decideExposure({ ...wide, trustedProxies: ["10.0.0.5"] })).toEqual({ wide: true, proxyOnly: true });
    expect(decideExposure({ ...wide, tls: { certificate: "a", key: "b" } })).toEqual({ wide: true, proxyOnly: false });
    for (const host of ["127.0.0.1", "::1", "localhost", "127.0.0.2"]) expect(decideExposure({ ...wide, host })).toEqual({ wide: false, proxyOnly: false });
  });

  test("trusts no proxy that is everybody", () => {
    for (const proxy of ["0.0.0.0/0", "::/0", "proxy.example", "*"])
      expect(() => decideExposure({ host: "127.0.0.1", tls: null, trustedProxies: [proxy] })).toThrow("config.invalid");
  });

  test.skipIf(!hasOpenssl)("speaks TLS with the certificate it was given", async () => {
    const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await promisify(execFile)("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      key,
      "-out",
      certificate,
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    const server = await start({ tls: { certificate, key } });
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const request = httpsGet(`${server.url}/health`, { ca: await readFile(certificate), servername: "localhost", headers: { host: "any.name.example" } });
    const [reply] = (await once(request, "response")) as [{ statusCode: number; headers: Record<string, string>; resume(): void }];
    reply.resume();
    expect([reply.statusCode, reply.headers["strict-transport-security"]]).toEqual([200, "max-age=31536000"]);
    expect(await codeOf(start({ tls: { certificate, key: certificate } }))).toBe("server.tls");
    expect(await codeOf(start({ tls: { certificate: join(folder, "none"), key } }))).toBe("server.tls");
  });
});
