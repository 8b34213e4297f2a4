import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asbbErrorShape } from "#asbb/contract";
import { PROBLEMS, Problem, type Route } from "#kernel";
import { ALL_ROUTES } from "./all-contracts.ts";
import { problemShape } from "./contract.ts";
import { asZod, checkComplete, checkRoute, type Mounted } from "./mount.ts";
import { openTestApp, type TestApp } from "./test-bed.ts";

/** Every route of every room, with handlers that only say that they were reached (403 of a code that the server itself never sends here). */
const REACHED = "job.not-found";
const mounted: Mounted[] = ALL_ROUTES.filter((route) => route.tag !== "access" && route.tag !== "people").map((route) => {
  const handle = async () => {
    throw new Problem(REACHED, { detail: "the handler was reached" });
  };
  return { route, handle };
});

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp(mounted);
});
afterAll(async () => app.drop());

const routes = ALL_ROUTES.map((route) => [route.id, route] as const);
const withParams = (path: string, value: string) => path.replaceAll(/:[A-Za-z_]+/g, value);
const key = (route: Route) => (route.idempotent === true ? { "idempotency-key": `walk-${route.id}-${Math.random()}` } : {});
const json = { "content-type": "application/json" };

/** Our code of a problem in the shape that the route tells it; a path that is no route at all is told in ours. */
function problemIn(route: Route, reply: { readonly statusCode: number; json(): unknown }): { readonly status: number; readonly code: string } {
  const body = reply.json();
  if (route.errors !== "asbb" || typeof body !== "object" || body === null || !("error" in body)) return problemShape.parse(body);
  const { error } = asbbErrorShape.parse(body);
  return { status: reply.statusCode, code: error.details.slice(0, error.details.indexOf(": ")) };
}

/** Parameters, queries and bodies that a careless or hostile caller sends. */
const UPWARDS = "..%2F..%2Fetc%2Fpasswd";
const PARAMS = ["%00", UPWARDS, "%27%3B--", "-1", "0", "1e99", "9".repeat(200), "%F0%9F%92%A5", "null", "__proto__"];
const QUERIES = [
  "limit=0",
  "limit=-1",
  "limit=1e9",
  "limit=x",
  "limit=1&limit=2",
  "cursor=%00",
  "cursor=__proto__",
  "__proto__[x]=1",
  "constructor=1",
  `cursor=${"x".repeat(2000)}`,
];
const BODIES = [
  "null",
  "[]",
  "0",
  '"text"',
  "true",
  "{}",
  '{"unknown":1}',
  '{"name":{"a":[]},"amount":-1,"code":[1],"person":null,"text":7,"role":"king"}',
  `{"text":"${"x".repeat(100_000)}\\u0000"}`,
];

describe.each(routes)("%s", (_id, route) => {
  test("is well formed, and its problems are in the catalogue", () => {
    checkRoute(route);
    for (const code of route.problems) expect(PROBLEMS[code].status).toBeGreaterThanOrEqual(400);
    expect(route.id).toMatch(/^[a-z]+\.[a-zA-Z-]+$/);
  });

  test("lets nobody in without a token, unless it is public", async () => {
    const reply = await app.send({
      method: route.method,
      url: withParams(route.path, "1"),
      headers: { authorization: "", ...json, ...key(route) },
      payload: "{}",
    });
    if (route.access === "public") expect(reply.statusCode).not.toBe(401);
    else expect([reply.statusCode, problemIn(route, reply).code]).toEqual([401, "access.unauthenticated"]);
  });

  test("answers bad input with a problem of 400 and never with a fault", async () => {
    for (const attempt of attemptsOf(route)) {
      const reply = await app.send({
        method: route.method,
        url: attempt.url,
        headers: { ...json, ...key(route) },
        ...(attempt.body === undefined ? {} : { payload: attempt.body }),
      });
      const { statusCode, body } = reply;
      const place = `${route.method} ${attempt.url} ${attempt.body?.slice(0, 80) ?? ""} answered ${statusCode} ${body.slice(0, 200)}`;
      expect(statusCode, place).toBeLessThan(500);
      if (statusCode < 400) continue;
      const problem = problemIn(route, reply);
      if (attempt.url.includes(UPWARDS)) expect([problem.status, problem.code], place).toEqual([404, "route.unknown"]);
      else if (attempt.bad) expect([problem.status, ["input.invalid", "request.malformed", "request.json"].includes(problem.code)], place).toEqual([400, true]);
    }
  }, 30_000);
});

/** `bad` when the route's own schema for that part refuses it, so that the server has to. */
function attemptsOf(route: Route): { url: string; body: string | undefined; bad: boolean }[] {
  const base = withParams(route.path, "1");
  const names = [...route.path.matchAll(/:([A-Za-z_]+)/g)].map((match) => match[1]!);
  const body = route.method === "GET" ? undefined : "{}";
  const params =
    route.params === undefined
      ? []
      : PARAMS.map((value) => {
          return {
            url: withParams(route.path, value),
            body,
            bad: refuses(route.params, Object.fromEntries(names.map((name) => [name, decodeURIComponent(value)]))),
          };
        });
  const queries = route.query === undefined ? [] : QUERIES.map((query) => ({ url: `${base}?${query}`, body, bad: false }));
  const bodies = route.body === undefined ? [] : BODIES.map((text) => ({ url: base, body: text, bad: refuses(route.body, JSON.parse(text)) }));
  return [...params, ...queries, ...bodies];
}

function refuses(schema: Route["body"], value: unknown): boolean {
  return schema !== undefined && !asZod(schema).safeParse(value).success;
}

test("a key is needed wherever money moves or something starts, but where a route says what a request without one is", async () => {
  const keyed = ALL_ROUTES.filter((route) => route.idempotent === true);
  expect(keyed.length).toBeGreaterThan(0);
  for (const route of keyed) {
    const reply = await app.send({ method: route.method, url: withParams(route.path, "1"), headers: json, payload: "{}" });
    const { code } = problemIn(route, reply);
    const expected = ["input.invalid", route.keyless === undefined ? "idempotency.missing" : REACHED];
    expect([route.id, expected.includes(code)]).toEqual([route.id, true]);
  }
});

test("a route without a handler, and one that is mounted twice, are found out at the start", () => {
  const all = ALL_ROUTES.map((route): Mounted => ({ route, handle: async () => undefined }));
  expect(() => checkComplete(all, ALL_ROUTES)).not.toThrow();
  expect(() => checkComplete(all.slice(1), ALL_ROUTES)).toThrow("without one");
  expect(() => checkComplete([...all, all[0]!], ALL_ROUTES)).toThrow("mounted once");
});

test("no two routes are the same operation, and every id stands once", () => {
  const operations = ALL_ROUTES.map((route) => `${route.method} ${withParams(route.path, ":")}`);
  expect(new Set(operations).size).toBe(operations.length);
  expect(new Set(ALL_ROUTES.map((route) => route.id)).size).toBe(ALL_ROUTES.length);
});
