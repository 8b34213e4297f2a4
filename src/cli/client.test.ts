import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { resolveConfig } from "#config";
import { defineRoute, Problem } from "#kernel";
import { openClient, parseEvents, type Client, type ClientOptions } from "./client.ts";
import { findEndpoint } from "./endpoint.ts";
import { cli, emptyHome } from "./testing/line.ts";

const read = defineRoute({
  id: "thing.read",
  method: "GET",
  path: "/api/v1/things/:name",
  tag: "things",
  access: "person",
  status: 200,
  summary: "",
  params: z.object({ name: z.string() }),
  query: z.object({ limit: z.coerce.number().optional(), cursor: z.string().optional() }),
  reply: z.object({ name: z.string() }),
  problems: [],
});
const make = defineRoute({
  id: "thing.make",
  method: "POST",
  path: "/api/v1/things",
  tag: "things",
  access: "person",
  status: 201,
  summary: "",
  idempotent: true,
  body: z.object({ name: z.string() }),
  reply: z.object({ name: z.string() }),
  problems: [],
});
const log = defineRoute({
  id: "thing.log",
  method: "GET",
  path: "/api/v1/log",
  tag: "things",
  access: "person",
  status: 200,
  summary: "",
  stream: "text",
  reply: z.string(),
  problems: [],
});
const events = defineRoute({
  id: "thing.events",
  method: "GET",
  path: "/api/v1/events",
  tag: "things",
  access: "person",
  status: 200,
  summary: "",
  stream: "events",
  reply: z.object({ n: z.number() }),
  problems: [],
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real HTTP server that answers as it is told, and tells what it was asked. */
async function serve(
  ...answers: readonly Answer[]
): Promise<{ url: string; asked: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] }> {
  const asked: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answers[Math.min(asked.length, answers.length) - 1]!(request, response, body);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  };

const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  json(
    status,
    {
      type: `urn:headgate:problem:${code}`,
      title: "t",
      status,
      detail: "what happened",
      fix: "what to do",
      code,
      request_id: "r-1",
      faults: [],
      facts: { job: "1841" },
    },
    headers,
  );

function client(url: string, more: Partial<ClientOptions> = {}): Client {
  return openClient({
    endpoint: { url, token: "hgo_secret", local: true, about: "" },
    person: null,
    idempotencyKey: "key-1",
    signal: new AbortController().signal,
    agent: "headgate/test",
    ...more,
  });
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe("calling the server", () => {
  test("sends token, person and what the route describes, and gives the parsed answer", async () => {
    const { url, asked } = await serve(json(200, { name: "a b", more: 1 }));
    expect(await client(url, { person: "maria" }).call(read, { params: { name: "a b/c" }, query: { limit: 5, cursor: undefined } })).toEqual({ name: "a b" });
    expect(asked[0]).toMatchObject({
      method: "GET",
      url: "/api/v1/things/a%20b%2Fc?limit=5",
      headers: { "authorization": "Bearer hgo_secret", "headgate-act-as": "maria", "user-agent": "headgate/test" },
    });
    expect(asked[0]!.headers["idempotency-key"]).toBeUndefined();
  });

  test("a problem of the server is that problem here, with its request id", async () => {
    const { url } = await serve(problem("job.not-found", 404));
    const found = await problemOf(client(url).call(read, { params: { name: "x" }, query: {} }));
    expect(found).toMatchObject({ code: "job.not-found", detail: "what happened", fix: "what to do", exitCode: 4, facts: { job: "1841", request_id: "r-1" } });
  });

  test("a passing trouble is tried again with the same key, so that nothing is done twice", async () => {
    const { url, asked } = await serve(
      problem("overloaded", 429, { "retry-after": "0" }),
      problem("db.busy", 503, { "retry-after": "0" }),
      json(201, { name: "n" }),
    );
    expect(await client(url).call(make, { body: { name: "n" } })).toEqual({ name: "n" });
    expect(asked.map((one) => [one.headers["idempotency-key"], one.body])).toEqual(Array(3).fill(["key-1", '{"name":"n"}']));
  });

  test("but not for ever, and two movements of one command have two keys", async () => {
    const { url, asked } = await serve(problem("overloaded", 429, { "retry-after": "0" }));
    expect((await problemOf(client(url).call(make, { body: { name: "n" } }, "second"))).code).toBe("overloaded");
    expect(asked.map((one) => one.headers["idempotency-key"])).toEqual(Array(4).fill("key-1:second"));
  });

  test("a refusal is not tried again", async () => {
    const { url, asked } = await serve(problem("budget.insufficient", 402));
    expect((await problemOf(client(url).call(make, { body: { name: "n" } }))).exitCode).toBe(7);
    expect(asked).toHaveLength(1);
  });

  test("a connection that breaks in the middle is tried again", async () => {
    const { url, asked } = await serve((request) => request.socket.destroy(), json(201, { name: "n" }));
    expect(await client(url).call(make, { body: { name: "n" } })).toEqual({ name: "n" });
    expect(asked.map((one) => one.headers["idempotency-key"])).toEqual(["key-1", "key-1"]);
  });

  test.each<[string, Answer]>([
    ["a page of something else", (_request, response) => void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>")],
    ["a problem with a code of nobody", problem("made.up", 400)],
    ["a good status without JSON", (_request, response) => void response.writeHead(200).end("ok")],
    ["JSON of another shape", json(200, { nom: "a" })],
  ])("%s is not an answer of Headgate", async (_words, answer) => {
    const { url } = await serve(answer);
    expect((await problemOf(client(url).call(read, { params: { name: "x" }, query: {} }))).code).toBe("server.answer");
  });

  test("nobody there: it is said how to start one", async () => {
    const { url } = await serve(json(200, {}));
    open.splice(0).forEach((server) => server.close());
    const found = await problemOf(client(url).call(make, { body: { name: "n" } }));
    expect([found.code, found.fix]).toEqual(["server.not-running", "Start one: headgate start, or headgate server."]);
  });

  test("Ctrl-C ends the waiting", async () => {
    const stop = new AbortController();
    const { url } = await serve(() => stop.abort());
    expect((await problemOf(client(url, { signal: stop.signal }).call(read, { params: { name: "x" }, query: {} }))).exitCode).toBe(130);
  });
});

describe("streams", () => {
  test("a text comes as it is sent, characters never broken", async () => {
    const { url } = await serve((_request, response) => {
      const bytes = Buffer.from("na\u00EFve \u5730");
      response.writeHead(200).write(bytes.subarray(0, 3));
      response.end(bytes.subarray(3));
    });
    let text = "";
    for await (const piece of client(url).text(log, {})) text += piece;
    expect(text).toBe("na\u00EFve \u5730");
  });

  test("events are read whatever the pieces they come in", async () => {
    const text = 'id: 1\nevent: job\ndata: {"n":1}\n\n: a comment\n\nid: 2\ndata: {"n":\ndata: 2}\n\ndata: {"n":3}\r\n\r\n';
    for (const size of [1, 3, 1000]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g"))!;
      const found: unknown[] = [];
      for await (const event of parseEvents(
        (async function* () {
          yield* pieces;
        })(),
      ))
        found.push(event);
      expect(found, `pieces of ${size}`).toEqual([
        { id: "1", event: "job", data: { n: 1 } },
        { id: "2", event: "message", data: { n: 2 } },
        { id: null, event: "message", data: { n: 3 } },
      ]);
    }
  });

  test("a follower that stops leaves the server in peace", async () => {
    const stop = new AbortController();
    let left: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (left = resolve));
    const { url } = await serve((request, response) => {
      request.once("close", () => left());
      response.writeHead(200, { "content-type": "text/event-stream" }).write('data: {"n":1}\n\n');
    });
    for await (const event of client(url).events(events, {}, stop.signal)) {
      expect(event.data).toEqual({ n: 1 });
      stop.abort();
    }
    await gone;
  });
});

describe("where the server is", () => {
  function settings(home: string, environment: Record<string, string> = {}) {
    return resolveConfig({ flags: {}, surroundings: { environment, home, cwd: home }, file: null }).config;
  }

  function state(home: string, url: string, pid: number): void {
    const folder = join(home, ".local", "state", "headgate");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "server.json"), JSON.stringify({ url, pid }));
    writeFileSync(join(folder, "owner-token"), "hgo_secret\n", { mode: 0o600 });
  }

  test("that of the state folder, with the owner's token", () => {
    const home = emptyHome();
    state(home, "http://127.0.0.1:8787/", process.pid);
    expect(findEndpoint(settings(home))).toMatchObject({ url: "http://127.0.0.1:8787", token: "hgo_secret", local: true });
  });

  test("the owner's token is given to no other server", () => {
    const home = emptyHome();
    state(home, "http://127.0.0.1:8787", process.pid);
    expect(() => findEndpoint(settings(home, { HEADGATE_SERVER_URL: "http://elsewhere:8787" }))).toThrow(expect.objectContaining({ code: "server.no-token" }));
    expect(findEndpoint(settings(home, { HEADGATE_SERVER_URL: "http://elsewhere:8787", HEADGATE_TOKEN: "hgt_mine" }))).toMatchObject({
      token: "hgt_mine",
      local: false,
    });
  });

  test("none: what to type, exit 1", async () => {
    const { code, stderr } = await cli(["job", "list"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error {2}server\.not-running {2}No server is running\n {2}why {2}no server runs on .*\n {2}fix {2}Start one: headgate start, or headgate server\.\n$/,
    );
  });

  test("a damaged server.json is as good as none", () => {
    const home = emptyHome();
    state(home, "javascript:alert(1)", 1);
    expect(() => findEndpoint(settings(home))).toThrow(expect.objectContaining({ code: "server.not-running" }));
  });
});
