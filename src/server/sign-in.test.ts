import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newTokenShape, sessionShape } from "#access/contract";
import { addMs, instantToIso, milliseconds } from "#kernel";
import { problemShape } from "./contract.ts";
import { SIGN_IN_PER_ADDRESS_MAX, SIGN_IN_TOTAL_MAX } from "./limits.ts";
import { openTestApp, OWN_HOST, OWN_ORIGIN, type TestApp } from "./test-bed.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp([]);
});
afterAll(async () => app.drop());

const SAME = { "sec-fetch-site": "same-origin", "origin": OWN_ORIGIN };
/** A browser's request: no token, a cookie perhaps. */
const browser = (cookie: string, more: Record<string, string> = {}) => ({ authorization: "", cookie, ...more });

let nextAddress = 1;
/** A sign-in from an address that has not tried before, so that one test's attempts do not count for another's. */
function signIn(code: string, headers: Record<string, string> = SAME, remoteAddress = `10.0.${nextAddress >> 8}.${nextAddress++ & 255}`) {
  return app.send({
    method: "POST",
    url: "/api/v1/session",
    headers: { "authorization": "", "content-type": "application/json", ...headers },
    payload: { code },
    remoteAddress,
  });
}

const newCode = async (person: string) =>
  (await app.send({ method: "POST", url: "/api/v1/access/codes", headers: { "content-type": "application/json" }, payload: { person } })).json<{
    code: string;
  }>().code;
const codeOf = (reply: { body: string }) => problemShape.parse(JSON.parse(reply.body)).code;

describe("who asks", () => {
  test.each([
    ["nothing", {}],
    ["an unknown token", { authorization: `Bearer hgt_${"A".repeat(43)}` }],
    ["an unknown owner's token", { authorization: `Bearer hgo_${"A".repeat(43)}` }],
    ["a token of another form", { authorization: "Bearer x" }],
    ["another scheme", { authorization: "Basic b3duZXI6b3duZXI=" }],
    ["an unknown session", { cookie: `headgate_session_8787=hgs_${"A".repeat(43)}` }],
    ["the cookie of another port", { cookie: "headgate_session_9000=x" }],
  ])("with %s is not signed in", async (_name, headers: Record<string, string>) => {
    const reply = await app.send({ url: "/api/v1/session", headers: { authorization: "", ...headers } });
    expect([reply.statusCode, codeOf(reply), reply.headers["www-authenticate"]]).toEqual([401, "access.unauthenticated", 'Bearer realm="headgate"']);
  });

  test("with a wrong token is not saved by a good cookie", async () => {
    const cookie = await app.cookieOf("maria");
    expect((await app.send({ url: "/api/v1/session", headers: { authorization: "Bearer wrong", cookie } })).statusCode).toBe(401);
  });

  test("an owner may act for a person, which the log tells; nobody else may", async () => {
    const reply = await app.send({ url: "/api/v1/session", headers: { "headgate-act-as": "maria" } });
    expect(sessionShape.parse(reply.json())).toMatchObject({
      person: { name: "maria" },
      memberships: [{ account: "materials", role: "member" }],
      signed_in_with: "token",
      acting_for: true,
      ends_at: null,
    });
    expect(app.logged.find((line) => line["audit"] === "act-as")).toMatchObject({ actor: "owner", person: "maria", route: "/api/v1/session" });
    const cookie = await app.cookieOf("maria");
    expect(codeOf(await app.send({ url: "/api/v1/session", headers: browser(cookie, { "headgate-act-as": "sarah" }) }))).toBe("access.forbidden");
    expect(codeOf(await app.send({ url: "/api/v1/session", headers: { "headgate-act-as": "nobody" } }))).toBe("person.unknown");
  });

  test("a person's token works until it is revoked", async () => {
    const made = (
      await app.send({
        method: "POST",
        url: "/api/v1/access/tokens",
        headers: { "content-type": "application/json", "headgate-act-as": "maria" },
        payload: { label: "laptop" },
      })
    ).json<{ token: string; id: string }>();
    const authorization = `Bearer ${made.token}`;
    expect((await app.send({ url: "/api/v1/session", headers: { authorization } })).json()).toMatchObject({ person: { name: "maria", admin: false } });
    expect((await app.send({ method: "DELETE", url: `/api/v1/access/tokens/${made.id}`, headers: { authorization } })).statusCode).toBe(200);
    expect((await app.send({ url: "/api/v1/session", headers: { authorization } })).statusCode).toBe(401);
  });
});

describe("a browser's sign-in", () => {
  test("turns a code into a cookie that scripts and other sites do not get", async () => {
    const reply = await signIn(await newCode("maria"));
    expect([reply.statusCode, sessionShape.parse(reply.json()).person.name]).toEqual([201, "maria"]);
    const cookie = String(reply.headers["set-cookie"]);
    expect(cookie).toMatch(/^headgate_session_8787=hgs_[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    const session = await app.send({ url: "/api/v1/session", headers: browser(cookie.split(";")[0]!) });
    expect(session.json()).toMatchObject({ person: { name: "maria" }, signed_in_with: "session", ends_at: "2026-11-22T00:00:00.000Z" });
  });

  test("over TLS makes the cookie Secure and bound to the host", async () => {
    const proxied = await app.another({ trustedProxies: ["10.9.9.9"], wide: true, proxyOnly: true });
    const code = await newCode("maria");
    const headers = { "host": "headgate.uni.example", "x-forwarded-proto": "https", "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const reply = await proxied.http.inject({ method: "POST", url: "/api/v1/session", headers, payload: { code }, remoteAddress: "10.9.9.9" });
    expect(reply.statusCode).toBe(201);
    expect(String(reply.headers["set-cookie"])).toMatch(/^__Host-headgate_session=hgs_\S+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure$/);
    expect(reply.headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  test("with a code that was used, is wrong or is too old gives one and the same refusal", async () => {
    const [used, old] = [await newCode("maria"), await newCode("maria")];
    await signIn(used);
    const replies = [await signIn(used), await signIn("0000-0000"), await signIn("?!")];
    app.clock.advance(10 * 60 * 1000);
    replies.push(await signIn(old));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401]);
    expect(new Set(replies.map((reply) => problemShape.parse(reply.json()).detail)).size).toBe(1);
    expect(replies.map((reply) => reply.headers["set-cookie"])).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("is refused to pages of other sites", async () => {
    const code = await newCode("maria");
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", "origin": "http://127.0.0.1:3000" },
      { origin: "https://evil.example" },
    ] as Record<string, string>[]) {
      expect(codeOf(await signIn(code, headers))).toBe("access.cross-site");
    }
    expect((await signIn(code, {})).statusCode, "from no browser at all").toBe(201);
  });

  test("after ten tries from one address has to wait, with the right code too", async () => {
    const code = await newCode("maria");
    for (let attempt = 0; attempt < SIGN_IN_PER_ADDRESS_MAX; attempt += 1)
      expect(codeOf(await signIn("0000-0000", SAME, "10.7.7.7"))).toBe("access.code-wrong");
    const reply = await signIn(code, SAME, "10.7.7.7");
    expect([reply.statusCode, codeOf(reply)]).toEqual([429, "access.attempts"]);
    expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
    expect((await signIn(code, SAME, "10.7.7.8")).statusCode).toBe(201);
  });

  test("after a hundred tries from everywhere has to wait", async () => {
    const fresh = await app.another();
    const guess = (index: number) =>
      fresh.http.inject({
        method: "POST",
        url: "/api/v1/session",
        headers: { "host": OWN_HOST, "content-type": "application/json" },
        payload: { code: "?" },
        remoteAddress: `10.1.0.${index}`,
      });
    const statuses: number[] = [];
    for (let index = 0; index <= SIGN_IN_TOTAL_MAX; index += 1) statuses.push((await guess(index)).statusCode);
    expect(statuses).toEqual([...Array.from({ length: SIGN_IN_TOTAL_MAX }, () => 401), 429]);
  });
});

describe("a session's cookie", () => {
  test.each([
    ["same-origin", SAME, 201],
    ["another port of this machine", { "sec-fetch-site": "same-site", "origin": "http://127.0.0.1:3000" }, 403],
    ["another site", { "sec-fetch-site": "cross-site", "origin": "https://evil.example" }, 403],
    ["an old browser on our page", { origin: OWN_ORIGIN }, 201],
    ["an old browser elsewhere", { origin: "https://evil.example" }, 403],
    ["no word of where it comes from", {}, 403],
  ])("changes something from %s: %s gives %i", async (_name, headers: Record<string, string>, status) => {
    const cookie = await app.cookieOf("maria");
    const reply = await app.send({
      method: "POST",
      url: "/api/v1/access/codes",
      headers: browser(cookie, { "content-type": "application/json", ...headers }),
      payload: {},
    });
    expect(reply.statusCode).toBe(status);
    if (status === 403) expect(codeOf(reply)).toBe("access.cross-site");
  });

  test("is of no use to a page on another port, not even for reading", async () => {
    const cookie = await app.cookieOf("maria");
    expect((await app.send({ url: "/api/v1/session", headers: browser(cookie, { "sec-fetch-site": "same-site" }) })).statusCode).toBe(403);
    expect((await app.send({ url: "/api/v1/session", headers: browser(cookie, { "sec-fetch-site": "none" }) })).statusCode).toBe(200);
  });

  test("is exchanged after an hour, and both are good while the page's requests overlap", async () => {
    const first = await app.cookieOf("maria");
    app.clock.advance(3600 * 1000);
    const reply = await app.send({ url: "/api/v1/session", headers: browser(first) });
    const second = String(reply.headers["set-cookie"]).split(";")[0]!;
    expect(second).toMatch(/^headgate_session_8787=hgs_/);
    for (const cookie of [second, first]) expect((await app.send({ url: "/api/v1/session", headers: browser(cookie) })).statusCode).toBe(200);
  });

  test("is gone after signing out, here or everywhere", async () => {
    const [here, there, elsewhere] = [await app.cookieOf("sarah"), await app.cookieOf("sarah"), await app.cookieOf("sarah")];
    const out = await app.send({ method: "DELETE", url: "/api/v1/session", headers: browser(here, SAME) });
    expect([out.json(), out.headers["set-cookie"]]).toEqual([{ ended: true }, "headgate_session_8787=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"]);
    const good = async (cookie: string) => (await app.send({ url: "/api/v1/session", headers: browser(cookie) })).statusCode;
    expect([await good(here), await good(there)]).toEqual([401, 200]);
    await app.send({ method: "DELETE", url: "/api/v1/session?everywhere=true", headers: browser(there, SAME) });
    expect([await good(there), await good(elsewhere)]).toEqual([401, 401]);
  });
});

describe("a host name that is none of ours", () => {
  test.each(["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "192.168.1.7:8787"])("(%s) is refused before anything else", async (host) => {
    for (const url of ["/api/v1/session", "/health", "/", "/api/v1/nothing"]) {
      const reply = await app.send({ url, headers: { host } });
      expect([url, reply.statusCode, codeOf(reply)]).toEqual([url, 421, "access.host"]);
    }
  });

  test("X-Forwarded-Host of somebody who is not the proxy changes nothing", async () => {
    expect((await app.send({ url: "/api/v1/session", headers: { "host": "evil.example", "x-forwarded-host": OWN_HOST } })).statusCode).toBe(421);
    expect((await app.send({ url: "/api/v1/session", headers: { "x-forwarded-host": "evil.example" } })).statusCode).toBe(200);
  });
});

describe("a server behind a proxy", () => {
  test("believes the proxy about address and TLS, and nobody else", async () => {
    const proxied = await app.another({ trustedProxies: ["10.9.9.0/24"], wide: true, proxyOnly: true });
    const ask = (remoteAddress: string, headers: Record<string, string>) =>
      proxied.http.inject({ url: "/api/v1/session", headers: { host: "10.0.0.1", authorization: `Bearer ${app.ownerToken}`, ...headers }, remoteAddress });
    expect((await ask("10.9.9.9", { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.5" })).statusCode).toBe(200);
    expect(app.logged.at(-1)).toMatchObject({ address: "203.0.113.5" });
    expect(codeOf(await ask("10.9.9.9", { "x-forwarded-proto": "http" }))).toBe("server.proxy");
    expect(codeOf(await ask("10.8.8.8", { "x-forwarded-proto": "https" }))).toBe("server.proxy");
  });

  test("takes commands of its own machine directly", async () => {
    const proxied = await app.another({ trustedProxies: ["10.9.9.9"], wide: true, proxyOnly: true });
    expect(
      (
        await proxied.http.inject({
          url: "/api/v1/session",
          headers: { host: OWN_HOST, authorization: `Bearer ${app.ownerToken}` },
          remoteAddress: "127.0.0.1",
        })
      ).statusCode,
    ).toBe(200);
  });
});

describe("API tokens", () => {
  const post = (url: string, payload: object, token?: string) =>
    app.send({
      method: "POST",
      url,
      headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      payload,
    });
  const status = async (token: string) => (await app.send({ url: "/api/v1/session", headers: { authorization: `Bearer ${token}` } })).statusCode;

  test("rotate themselves: the new secret works, the old one for the overlap, and the list shows neither", async () => {
    const made = newTokenShape.parse((await post("/api/v1/access/tokens", { label: "nightly", person: "maria" })).json());
    const reply = await post(`/api/v1/access/tokens/${made.id}/rotate`, { overlap_hours: 1 }, made.token);
    const rotated = newTokenShape.parse(reply.json());
    expect([reply.statusCode, rotated.id, rotated.previous_until]).toEqual([201, made.id, instantToIso(addMs(app.clock.now(), milliseconds(3600_000)))]);
    expect([await status(made.token), await status(rotated.token)]).toEqual([200, 200]);
    const list = await app.send({ url: "/api/v1/access/tokens?person=maria" });
    expect(list.json()).toMatchObject({ items: [{ id: made.id, last_used_at: instantToIso(app.clock.now()) }] });
    expect([list.body.includes(made.token), list.body.includes(rotated.token)]).toEqual([false, false]);
    app.clock.advance(3600_000);
    expect([await status(made.token), await status(rotated.token)]).toEqual([401, 200]);
  });

  test("of another person are answered like none", async () => {
    const made = newTokenShape.parse((await post("/api/v1/access/tokens", { label: "mine", person: "maria" })).json());
    const sarahs = newTokenShape.parse((await post("/api/v1/access/tokens", { label: "hers", person: "sarah" })).json());
    const told = async (id: string) => {
      const reply = await post(`/api/v1/access/tokens/${id}/rotate`, {}, sarahs.token);
      return { ...problemShape.parse(reply.json()), request_id: "", detail: codeOf(reply) };
    };
    expect(await told(made.id)).toEqual(await told("01890000-0000-7000-8000-00000000000a"));
    expect(await status(made.token)).toBe(200);
  });
});
