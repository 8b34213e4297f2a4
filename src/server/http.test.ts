import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineRoute, Problem, type Handlers } from "#kernel";
import { problemShape } from "./contract.ts";
import { jsonDepth } from "./json-body.ts";
import { BODY_BYTES_MAX, JSON_DEPTH_MAX } from "./limits.ts";
import { mount } from "./mount.ts";
import { openTestApp, sendTo, type TestApp } from "./test-bed.ts";

const base = { tag: "test", summary: "For tests", access: "person", status: 200, problems: [] } as const;
const testRoutes = {
  echo: defineRoute({
    ...base,
    id: "test.echo",
    method: "POST",
    path: "/api/v1/test/:number/echo",
    params: z.object({ number: z.coerce.number().int().min(1) }),
    query: z.object({ loud: z.stringbool().default(false) }),
    body: z.strictObject({ word: z.string().max(10), more: z.unknown().optional() }),
    reply: z.object({ number: z.number(), word: z.string(), who: z.string() }),
  }),
  bare: defineRoute({ ...base, id: "test.bare", method: "GET", path: "/api/v1/test/bare", reply: z.object({ ok: z.literal(true) }) }),
  wrong: defineRoute({ ...base, id: "test.wrong", method: "GET", path: "/api/v1/test/wrong", reply: z.object({ amount: z.string().regex(/^\d+\.\d\d$/) }) }),
  extra: defineRoute({ ...base, id: "test.extra", method: "GET", path: "/api/v1/test/extra", reply: z.object({ seen: z.string() }) }),
  boom: defineRoute({ ...base, id: "test.boom", method: "GET", path: "/api/v1/test/boom", reply: z.object({}) }),
  refuse: defineRoute({ ...base, id: "test.refuse", method: "GET", path: "/api/v1/test/refuse", reply: z.object({}) }),
  never: defineRoute({ ...base, id: "test.never", method: "GET", path: "/api/v1/test/never", reply: z.object({}) }),
  text: defineRoute({ ...base, id: "test.text", method: "GET", path: "/api/v1/test/text", stream: "text", reply: z.string() }),
  admin: defineRoute({ ...base, id: "test.admin", method: "GET", path: "/api/v1/test/admin", access: "admin", reply: z.object({}) }),
};

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  yield "one\n";
  yield "";
  yield Buffer.from("two\n");
}

const secretRow = { seen: "yes", password: "not on the wire" };
const handlers: Handlers<typeof testRoutes> = {
  echo: async ({ params, query, body, person }) => ({ number: params.number, word: query.loud ? body.word.toUpperCase() : body.word, who: person.name }),
  bare: async () => ({ ok: true }),
  wrong: async () => ({ amount: "twelve dollars" }),
  extra: async () => secretRow,
  boom: async () => {
    throw new TypeError("the words of a fault of ours");
  },
  refuse: async () => {
    throw new Problem("job.ended", { detail: "job 7 has ended", facts: { job: "7" } });
  },
  never: () => new Promise(() => undefined),
  text: async () => pieces(),
  admin: async () => ({}),
};

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp(mount(testRoutes, handlers));
});
afterAll(async () => app.drop());

const echo = (payload: string | object, headers: Record<string, string> = {}, url = "/api/v1/test/7/echo") =>
  app.send({ method: "POST", url, headers: { "content-type": "application/json", ...headers }, payload });

describe("a route", () => {
  test("gets its parameters, query and body parsed, and knows who asks", async () => {
    const reply = await echo({ word: "hello" }, {}, "/api/v1/test/7/echo?loud=true");
    expect([reply.statusCode, reply.json()]).toEqual([200, { number: 7, word: "HELLO", who: "owner" }]);
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(reply.headers["cache-control"]).toBe("no-store");
  });

  test("that streams text sends it as it comes", async () => {
    const reply = await app.send({ url: "/api/v1/test/text" });
    expect([reply.body, reply.headers["content-type"]]).toEqual(["one\ntwo\n", "text/plain; charset=utf-8"]);
  });

  test("answers keys that its schema does not name with nothing", async () => {
    expect((await app.send({ url: "/api/v1/test/extra" })).json()).toEqual({ seen: "yes" });
  });

  test("for administrators is closed to others", async () => {
    expect((await app.send({ url: "/api/v1/test/admin" })).statusCode).toBe(200);
    const reply = await app.send({ url: "/api/v1/test/admin", headers: { "headgate-act-as": "maria" } });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([403, "access.forbidden"]);
  });
});

describe("a refusal", () => {
  test("is a problem with code, fix, facts and the request's id", async () => {
    const reply = await app.send({ url: "/api/v1/test/refuse", headers: { "x-request-id": "my-request.1" } });
    expect(reply.statusCode).toBe(409);
    expect(reply.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(reply.headers["x-request-id"]).toBe("my-request.1");
    expect(problemShape.parse(reply.json())).toEqual({
      type: "urn:headgate:problem:job.ended",
      title: "Job has ended",
      status: 409,
      detail: "job 7 has ended",
      fix: "Nothing to do; headgate job status shows how it ended.",
      code: "job.ended",
      request_id: "my-request.1",
      faults: [],
      facts: { job: "7" },
    });
  });

  test("of input names every fault, the nearest key, and where", async () => {
    const reply = await echo({ wrod: "hello" });
    const problem = problemShape.parse(reply.json());
    expect([reply.statusCode, problem.code]).toEqual([400, "input.invalid"]);
    expect(problem.faults.map(({ code, path, fix }) => [code, path, fix])).toEqual([
      ["key.missing", "word", "Add word."],
      ["key.unknown", "wrod", "Did you mean word?"],
    ]);
    expect((await echo({ word: "hello" }, {}, "/api/v1/test/0/echo")).json()).toMatchObject({
      code: "input.invalid",
      faults: [{ path: "number", code: "value.range" }],
    });
  });

  test("of a fault of ours says nothing of it, and the log says all", async () => {
    const reply = await app.send({ url: "/api/v1/test/boom", headers: { "x-request-id": "boom-request" } });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([500, "internal"]);
    expect(reply.body).not.toContain("words of a fault");
    const line = app.logged.find((entry) => entry["request_id"] === "boom-request" && entry["level"] === "error");
    expect(line).toMatchObject({ code: "internal", err: { type: "TypeError", message: "the words of a fault of ours" } });
  });

  test("of our own answer that breaks its schema is our fault", async () => {
    const reply = await app.send({ url: "/api/v1/test/wrong" });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([500, "internal"]);
    expect(reply.body).not.toContain("twelve");
  });

  test("of a handler that takes too long is a timeout", async () => {
    const reply = await sendTo(await app.another({ handlerMsMax: 20 }), app.ownerToken, { url: "/api/v1/test/never" });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([504, "timeout"]);
  });

  test.each([
    ["an unknown address", { url: "/api/v1/nothing" }, 404, "route.unknown"],
    ["another method", { method: "DELETE", url: "/api/v1/test/bare" }, 405, "route.method"],
    ["a method that only Fastify knows", { method: "QUERY" as "GET", url: "/api/v1/test/bare" }, 415, "request.media-type"],
    ["HEAD", { method: "HEAD", url: "/api/v1/test/bare" }, 405, ""],
    ["a broken escape", { url: "/api/v1/people/%E0%A4%A" }, 400, "request.malformed"],
    ["a path segment of 500 characters", { url: `/api/v1/people/${"x".repeat(500)}` }, 404, "route.unknown"],
  ] as const)("of %s is one too", async (_name, options, status, code) => {
    const reply = await app.send(options);
    expect(reply.statusCode).toBe(status);
    expect(reply.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    if (code !== "") expect(problemShape.parse(reply.json()).code).toBe(code);
  });

  test("of a method names those that are taken", async () => {
    expect((await app.send({ method: "PUT", url: "/api/v1/people/maria" })).headers["allow"]).toBe("GET, PATCH");
  });
});

describe("a body", () => {
  const codeOf = async (reply: ReturnType<typeof echo>) => {
    const { statusCode, body } = await reply;
    return [statusCode, problemShape.parse(JSON.parse(body)).code];
  };

  test("has to be JSON and to say so", async () => {
    expect(await codeOf(echo("{", {}))).toEqual([400, "request.json"]);
    expect(await codeOf(echo("", {}))).toEqual([400, "input.invalid"]);
    expect(await codeOf(echo("null", {}))).toEqual([400, "input.invalid"]);
    expect(await codeOf(echo("word=hello", { "content-type": "application/x-www-form-urlencoded" }))).toEqual([415, "request.media-type"]);
    expect(await codeOf(echo("word", { "content-type": "text/plain" }))).toEqual([415, "request.media-type"]);
  });

  test("of more than 1 MiB is refused, of just 1 MiB is read", async () => {
    const filled = (bytes: number) => `{"word":"x","more":"${"y".repeat(bytes - 22)}"}`;
    expect(Buffer.byteLength(filled(BODY_BYTES_MAX))).toBe(BODY_BYTES_MAX);
    expect((await echo(filled(BODY_BYTES_MAX))).statusCode).toBe(200);
    expect(await codeOf(echo(filled(BODY_BYTES_MAX + 1)))).toEqual([413, "input.too-large"]);
  });

  test("nests at most 64 levels, even when half a million are sent", async () => {
    const nested = (levels: number) => `{"word":"x","more":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
    expect((await echo(nested(JSON_DEPTH_MAX))).statusCode).toBe(200);
    expect(await codeOf(echo(nested(JSON_DEPTH_MAX + 1)))).toEqual([400, "request.json"]);
    expect(await codeOf(echo(`{"word":${"[".repeat(500_000)}`))).toEqual([400, "request.json"]);
  });

  test("brackets inside texts do not count as depth", () => {
    expect(jsonDepth(String.raw`{"a":"[[[[\"{{{","b":[1]}`, 64)).toBe(2);
    expect(jsonDepth("[".repeat(1000), 64)).toBe(65);
  });

  test("holds no character that the database has no text for", async () => {
    expect(await codeOf(echo(String.raw`{"word":"a\u0000b"}`))).toEqual([400, "request.json"]);
    expect((await app.send({ url: "/api/v1/people?cursor=%00" })).json()).toMatchObject({ code: "request.malformed" });
    expect((await echo(String.raw`{"word":"\\u0000"}`)).statusCode).toBe(200);
  });

  test("cannot reach into other objects, however it is spelled", async () => {
    expect(await codeOf(echo('{"word":"x","more":{"__proto__":{"admin":true}}}'))).toEqual([400, "request.json"]);
    expect(await codeOf(echo(String.raw`{"word":"x","more":{"\u005f_proto__":{"admin":true}}}`))).toEqual([400, "request.json"]);
    expect((await echo(String.raw`{"word":"\u00e9","more":"__proto__"}`)).statusCode).toBe(200);
  });
});

describe("every answer", () => {
  test("forbids foreign scripts, framing and sniffing, and grants no other origin anything", async () => {
    const { headers } = await app.send({ url: "/api/v1/test/bare", headers: { origin: "https://evil.example" } });
    expect(headers["content-security-policy"]).toContain("script-src 'self';");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect([headers["x-content-type-options"], headers["x-frame-options"], headers["cross-origin-resource-policy"]]).toEqual([
      "nosniff",
      "DENY",
      "same-origin",
    ]);
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect([headers["strict-transport-security"], headers["x-powered-by"]]).toEqual([undefined, undefined]);
  });

  test("carries a request id: the caller's when it is sane, else a new one", async () => {
    const idFor = async (id: string) => (await app.send({ url: "/api/v1/test/bare", headers: { "x-request-id": id } })).headers["x-request-id"];
    expect(await idFor("abc-123.DEF_4")).toBe("abc-123.DEF_4");
    for (const bad of ["short", "has space in it", "x".repeat(65), '"}{"level":"error"']) expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is logged once, with who, what and how long, and without any secret", async () => {
    const { code } = await app.access.signIn.createCode({ name: "owner", admin: true }, "maria");
    const cookie = await app.cookieOf("maria");
    app.logged.length = 0;
    await app.send({ url: "/api/v1/test/bare?token=in-the-query", headers: { "headgate-act-as": "maria" } });
    await app.send({ url: "/api/v1/test/boom" });
    await app.send({ url: "/api/v1/session", headers: { authorization: "", cookie } });
    await app.send({ method: "POST", url: "/api/v1/session", headers: { "authorization": "", "content-type": "application/json" }, payload: { code } });
    const answered = app.logged.filter((line) => line["msg"] === "answered");
    expect(answered.map(({ route, status, person, actor }) => ({ route, status, person, actor }))).toEqual([
      { route: "test.bare", status: 200, person: "maria", actor: "owner" },
      { route: "test.boom", status: 500, person: "owner", actor: undefined },
      { route: "session.get", status: 200, person: "maria", actor: undefined },
      { route: "session.create", status: 201, person: undefined, actor: undefined },
    ]);
    const all = JSON.stringify(app.logged);
    for (const secret of [app.ownerToken, code, cookie.split("=")[1]!, "in-the-query"]) expect(all).not.toContain(secret);
  });

  test("is counted by route and status", async () => {
    await app.send({ url: "/api/v1/test/refuse" });
    await app.send({ url: "/api/v1/some/person/maria" });
    const text = await app.metrics.text();
    expect(text).toMatch(/^headgate_http_requests_total\{route="test.refuse",status="409"\} \d+$/m);
    expect(text).toMatch(/^headgate_http_requests_total\{route="unknown",status="404"\} \d+$/m);
    expect(text).toMatch(/^headgate_http_request_duration_seconds_count\{route="test.refuse"\} \d+$/m);
    expect(text).toMatch(/^headgate_http_requests_in_flight 0$/m);
    expect(text).toMatch(/^headgate_db_connections\{state="open"\} [1-9]\d*$/m);
    expect(text).toContain("headgate_nodejs_eventloop_lag_seconds");
    expect(text).not.toContain("maria");
  });
});
