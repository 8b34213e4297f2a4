import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineRoute, Problem, type Handlers } from "#kernel";
import { freeInstance } from "./answer-store.ts";
import { problemShape } from "./contract.ts";
import { forgetOldAnswers, readKey } from "./idempotency.ts";
import { ANSWER_KEPT_MS, CLAIM_MS } from "./limits.ts";
import { mount } from "./mount.ts";
import { openTestApp, sendTo, type TestApp } from "./test-bed.ts";

const payRoutes = {
  pay: defineRoute({
    id: "test.pay",
    method: "POST",
    path: "/api/v1/test/pay",
    tag: "test",
    summary: "For tests",
    access: "person",
    status: 201,
    idempotent: true,
    problems: [],
    query: z.object({ from: z.string().optional() }),
    body: z.strictObject({ amount: z.string() }),
    reply: z.object({ count: z.number(), key: z.string() }),
  }),
  book: defineRoute({
    id: "test.book",
    method: "POST",
    path: "/api/v1/test/book",
    tag: "test",
    summary: "For tests",
    access: "person",
    status: 201,
    idempotent: true,
    answeredFrom: "journal",
    problems: [],
    body: z.strictObject({ amount: z.string() }),
    reply: z.object({ count: z.number(), key: z.string() }),
  }),
};

/** How often the work was done, and what it does next time. */
let count = 0;
let behave: () => Promise<void> = async () => undefined;
const payHandlers: Handlers<typeof payRoutes> = {
  pay: async ({ idempotencyKey, setHeader }) => {
    count += 1;
    await behave();
    setHeader("location", `/payments/${count}`);
    return { count, key: idempotencyKey };
  },
  book: async ({ idempotencyKey }) => ({ count: (count += 1), key: idempotencyKey }),
};

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp(mount(payRoutes, payHandlers));
});
afterAll(async () => app.drop());
beforeEach(() => {
  count = 0;
  behave = async () => undefined;
});

const request = (key: string, payload: object = { amount: "1.00" }, more: Record<string, string> = {}, url = "/api/v1/test/pay") => ({
  method: "POST" as const,
  url,
  headers: { "content-type": "application/json", "idempotency-key": key, ...more },
  payload,
});
const pay = (key: string, payload?: object, more?: Record<string, string>, url?: string) => app.send(request(key, payload, more, url));
const codeOf = (reply: { body: string }) => problemShape.parse(JSON.parse(reply.body)).code;

/** A gate that work waits at, and the word that it has come there. */
function gate(): { wait: () => Promise<void>; open: () => void; reached: Promise<void> } {
  let [open, reach] = [() => undefined as void, () => undefined as void];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { wait: () => (reach(), opened), open: () => open(), reached };
}

describe("an idempotency key", () => {
  test("is needed, and has a form", async () => {
    expect(codeOf(await pay(""))).toBe("idempotency.missing");
    expect(codeOf(await pay("with space"))).toBe("idempotency.invalid");
    expect(codeOf(await pay("x".repeat(201)))).toBe("idempotency.invalid");
    expect(count).toBe(0);
    expect([readKey('"quoted"'), readKey("plain")]).toEqual(["quoted", "plain"]);
  });

  test("with the same request again gives the same answer and does nothing", async () => {
    const [first, second] = [await pay("same"), await pay("same")];
    expect([first.statusCode, first.json(), first.headers["idempotency-replayed"]]).toEqual([201, { count: 1, key: "owner:same" }, undefined]);
    expect([second.statusCode, second.body, second.headers["idempotency-replayed"]]).toEqual([201, first.body, "true"]);
    expect([first.headers["location"], second.headers["location"]]).toEqual(["/payments/1", "/payments/1"]);
    expect(second.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(count).toBe(1);
  });

  test("with another body, another query or another spelling of the body is refused", async () => {
    await pay("other");
    for (const reply of [await pay("other", { amount: "2.00" }), await pay("other", { amount: "1.00" }, {}, "/api/v1/test/pay?from=a")]) {
      expect([reply.statusCode, codeOf(reply)]).toEqual([422, "idempotency.mismatch"]);
    }
    expect(count).toBe(1);
  });

  test("is a person's own: two people may choose the same", async () => {
    const [owner, maria] = [await pay("shared"), await pay("shared", undefined, { "headgate-act-as": "maria" })];
    expect([owner.json<{ key: string }>().key, maria.json<{ key: string }>().key]).toEqual(["owner:shared", "maria:shared"]);
    expect(count).toBe(2);
  });

  test("does not hide bad input: the mended request may use it", async () => {
    expect((await pay("mended", { amuont: "1.00" })).statusCode).toBe(400);
    expect((await pay("mended")).statusCode).toBe(201);
  });

  test("of twenty at once does the work once; the others are told to come back, and then get the same answer", async () => {
    const { wait, open } = gate();
    behave = wait;
    let answered = 0;
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const reply = await pay("at-once");
        answered += 1;
        // The nineteen that come too late answer while the first is still at work; then it may end.
        if (answered === 19) open();
        return reply;
      }),
    );
    expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const late = replies.find(({ statusCode }) => statusCode === 409);
    expect([codeOf(late!), Number(late?.headers["retry-after"]) > 0]).toEqual(["idempotency.running", true]);
    expect([count, (await pay("at-once")).json()]).toEqual([1, { count: 1, key: "owner:at-once" }]);
  });

  test("keeps a refusal of the request, with the id of the request that met it", async () => {
    behave = async () => {
      throw new Problem("budget.insufficient", { detail: "materials can commit $1.00", facts: { available: "1.00" } });
    };
    const first = await pay("refused", undefined, { "x-request-id": "first-request" });
    behave = async () => undefined;
    const second = await pay("refused", undefined, { "x-request-id": "second-request" });
    expect([second.statusCode, second.body]).toEqual([first.statusCode, first.body]);
    expect(second.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect([problemShape.parse(second.json()).request_id, count]).toEqual(["first-request", 1]);
  });

  test("is free again after a fault of ours, or when there was too much at once", async () => {
    for (const failure of [new Error("a fault"), new Problem("overloaded", { detail: "too much" }), new Problem("db.outcome-unknown", { detail: "cut" })]) {
      behave = async () => {
        throw failure;
      };
      const status = (await pay("free-again")).statusCode;
      expect([500, 429, 503]).toContain(status);
    }
    behave = async () => undefined;
    expect([(await pay("free-again")).statusCode, count]).toEqual([201, 4]);
  });
});

test("a route that is answered from its journal is asked each time, with the person's own key, and nothing is kept beside the journal", async () => {
  const book = (key: string) => app.send(request(key, { amount: "1.00" }, {}, "/api/v1/test/book"));
  expect((await book("booked")).json()).toEqual({ count: 1, key: "owner:booked" });
  expect((await book("booked")).json()).toEqual({ count: 2, key: "owner:booked" });
  expect(codeOf(await book(""))).toBe("idempotency.missing");
  expect(await app.db.query("select from headgate.idempotent_answer where key = 'booked'")).toEqual([]);
});

describe("after a process was killed between the work and its answer", () => {
  test("the key waits until the claim has run out, then the work is done again under the same key", async () => {
    const { wait, reached } = gate();
    behave = wait;
    const killed = await app.another({ instance: randomUUID() });
    const lost = sendTo(killed, app.ownerToken, request("killed"));
    lost.catch(() => undefined);
    await reached;
    behave = async () => undefined;
    expect(codeOf(await pay("killed"))).toBe("idempotency.running");
    app.clock.advance(CLAIM_MS);
    expect((await pay("killed")).json()).toEqual({ count: 2, key: "owner:killed" });
  });

  test("a restart on the same state folder frees its claims at once", async () => {
    const { wait, reached } = gate();
    behave = wait;
    const instance = randomUUID();
    const killed = await app.another({ instance });
    sendTo(killed, app.ownerToken, request("restarted")).catch(() => undefined);
    await reached;
    behave = async () => undefined;
    await freeInstance(app.db, instance, app.clock.now());
    expect((await pay("restarted")).statusCode).toBe(201);
  });

  test("the one that was thought dead does not overwrite the answer of the one that took over", async () => {
    const { wait, open, reached } = gate();
    behave = wait;
    const slow = await app.another({ instance: randomUUID() });
    const late = sendTo(slow, app.ownerToken, request("taken-over"));
    await reached;
    behave = async () => undefined;
    app.clock.advance(CLAIM_MS);
    const quick = await pay("taken-over");
    open();
    await late;
    expect((await pay("taken-over")).body).toBe(quick.body);
  });

  test("another request may not take the key over", async () => {
    const { wait, reached } = gate();
    behave = wait;
    const killed = await app.another({ instance: randomUUID() });
    sendTo(killed, app.ownerToken, request("not-yours")).catch(() => undefined);
    await reached;
    behave = async () => undefined;
    app.clock.advance(CLAIM_MS);
    expect(codeOf(await pay("not-yours", { amount: "9.00" }))).toBe("idempotency.mismatch");
  });
});

test("answers are forgotten after a day", async () => {
  await pay("old");
  app.clock.advance(ANSWER_KEPT_MS);
  await pay("young");
  app.clock.advance(1);
  await forgetOldAnswers(app.db, app.clock);
  const rows = await app.db.query<{ key: string }>("select key from headgate.idempotent_answer where key in ('old', 'young')");
  expect(rows.map(({ key }) => key)).toEqual(["young"]);
});
