import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { addMs, defineRoute, instant, manualClock, milliseconds } from "#kernel";
import { mount } from "./mount.ts";
import { openBuckets } from "./rate.ts";
import { openTestApp, type TestApp } from "./test-bed.ts";

const START = instant(Date.UTC(2026, 10, 21, 12));

describe("a bucket", () => {
  test("lets its burst in at once, then so many a second, and says how long to wait", () => {
    const clock = manualClock(START);
    const { take } = openBuckets({ perSecond: 2, burst: 3 }, clock);
    expect([take("a"), take("a"), take("a")].map(({ wait }) => wait)).toEqual([0, 0, 0]);
    expect([take("a"), take("a")]).toEqual([
      { wait: 1, first: true },
      { wait: 1, first: false },
    ]);
    clock.set(addMs(START, milliseconds(1000)));
    expect([take("a"), take("a"), take("a")].map(({ wait }) => wait)).toEqual([0, 0, 1]);
    expect(take("b").wait).toBe(0);
  });

  test("never holds more than its burst, and a clock that is put back changes nothing", () => {
    const clock = manualClock(START);
    const { take } = openBuckets({ perSecond: 1, burst: 2 }, clock);
    take("a");
    clock.set(addMs(START, milliseconds(3_600_000)));
    expect([take("a"), take("a"), take("a")].map(({ wait }) => wait)).toEqual([0, 0, 1]);
    clock.set(START);
    expect(take("a").wait).toBe(1);
  });

  test("of whoever asked longest ago is forgotten when there are too many", () => {
    const { take } = openBuckets({ perSecond: 1, burst: 1 }, manualClock(START), 2);
    for (const name of ["a", "b", "c"]) expect(take(name).wait).toBe(0);
    expect([take("b").wait, take("c").wait, take("a").wait]).toEqual([1, 1, 0]);
  });
});

describe("the server", () => {
  const route = (id: string, more: object) =>
    defineRoute({ id: `test.${id}`, tag: "test", access: "person", status: 200, summary: "a test", reply: z.strictObject({}), problems: [], ...more } as never);
  const routes = {
    read: route("read", { method: "GET", path: "/api/v1/test/read" }),
    move: route("move", { method: "POST", path: "/api/v1/test/move", idempotent: true, answeredFrom: "journal" }),
  };
  let app: TestApp;
  let token: string;
  let second: string;
  beforeAll(async () => {
    const answer = async () => ({});
    app = await openTestApp(mount(routes as never, { read: answer, move: answer } as never), { requestsPerSecond: 1 });
    const owner = { name: "owner", admin: true };
    const make = async (label: string) => (await app.access.tokens.create(owner, { person: "maria", label, days: null })).secret;
    [token, second] = [await make("one"), await make("other")];
  });
  afterAll(() => app.drop());

  const read = (secret: string) => app.send({ url: "/api/v1/test/read", headers: { authorization: `Bearer ${secret}` } });
  const statuses = async (count: number, send: () => Promise<{ statusCode: number }>) => {
    const found = new Map<number, number>();
    for (let index = 0; index < count; index += 1) {
      const { statusCode } = await send();
      found.set(statusCode, (found.get(statusCode) ?? 0) + 1);
    }
    return Object.fromEntries(found);
  };

  test("answers 429 to a token that asks too often, says when to come back, and lets others in", async () => {
    expect(await statuses(12, () => read(token))).toEqual({ 200: 10, 429: 2 });
    const refused = await read(token);
    expect([refused.headers["retry-after"], refused.json<{ code: string }>().code]).toEqual(["1", "overloaded"]);
    expect((await read(second)).statusCode).toBe(200);
    expect(app.logged.filter(({ audit }) => audit === "rate-limited")).toMatchObject([{ person: "maria" }]);
    expect(await app.metrics.text()).toMatch(/headgate_http_rate_limited_total\{by="caller"\} 3/);
    app.clock.set(addMs(app.clock.now(), milliseconds(1000)));
    expect((await read(token)).statusCode).toBe(200);
  });

  test("limits neither what moves money nor an administrator", async () => {
    let asked = 0;
    const move = () =>
      app.send({
        method: "POST",
        url: "/api/v1/test/move",
        headers: { "authorization": `Bearer ${second}`, "content-type": "application/json", "idempotency-key": `move-${(asked += 1)}` },
        payload: "{}",
      });
    expect(await statuses(40, move)).toEqual({ 200: 40 });
    expect(await statuses(40, () => app.send({ url: "/api/v1/test/read" }))).toEqual({ 200: 40 });
  });

  test("answers an address that tries one bad token after the other with 429; a good token from there is let in all the same", async () => {
    const found = await statuses(60, () => read(`hg_${"x".repeat(43)}`));
    expect(found).toEqual({ 401: 50, 429: 10 });
    expect(app.logged.filter(({ audit }) => audit === "token-refused").length).toBe(50);
    app.clock.set(addMs(app.clock.now(), milliseconds(20_000)));
    expect((await read(second)).statusCode).toBe(200);
  });
});
