import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sessionShape } from "#access/contract";
import { addMs, milliseconds } from "#kernel";
import { problemShape } from "./contract.ts";
import { openTestApp, type TestApp } from "./test-bed.ts";

const UNIVERSITY = "https://login.university.example";
const CI = "https://ci.example";
const AUDIENCE = "headgate.lab.example";

type Pair = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
let [rsa, other, elliptic]: Pair[] = [];
let app: TestApp;
let folder: string;
/** The issuer's host: what it publishes, how often it was asked, and whether it answers at all. */
const host = { keys: [] as JWK[], asked: 0, down: false };
let server: Server;

const published = async (key: CryptoKey, kid: string, alg: string): Promise<JWK> => ({ ...(await exportJWK(key)), kid, alg, use: "sig" });

beforeAll(async () => {
  rsa = await generateKeyPair("RS256", { extractable: true });
  other = await generateKeyPair("RS256", { extractable: true });
  elliptic = await generateKeyPair("ES256", { extractable: true });
  host.keys = [await published(rsa.publicKey, "one", "RS256"), await published(elliptic.publicKey, "curve", "ES256")];
  server = createServer((_request, response) => {
    host.asked += 1;
    if (host.down) response.writeHead(503).end();
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: host.keys }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  folder = await mkdtemp(join(tmpdir(), "headgate-issuers-"));
  await writeFile(join(folder, "ci.json"), JSON.stringify({ keys: [await published(other.publicKey, "ci", "RS256")] }));
  const file = join(folder, "issuers.yaml");
  await writeFile(
    file,
    `issuers:
  - issuer: ${UNIVERSITY}
    audience: ${AUDIENCE}
    jwks_url: http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json
    algorithms: [RS256]
    person_claim: uid
  - issuer: ${CI}
    audience: ${AUDIENCE}
    jwks_file: ci.json
`,
  );
  app = await openTestApp([], {}, file);
});

afterAll(async () => {
  await app.drop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const seconds = (more = 0) => Math.floor(app.clock.now() / 1000) + more;
type Making = { key?: CryptoKey; header?: Record<string, unknown>; claims?: Record<string, unknown> };

/** A good token of the university for maria, good for five minutes, but for what is said. An undefined claim is left out. */
async function made({ key = rsa!.privateKey, header = {}, claims = {} }: Making = {}): Promise<string> {
  const all = { iss: UNIVERSITY, aud: AUDIENCE, uid: "maria", iat: seconds(), exp: seconds(300), ...claims };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg: "RS256", kid: "one", ...header }).sign(key, { crit: { "x-lab": false } });
}

const ask = (token: string, headers: Record<string, string> = {}) =>
  app.send({ url: "/api/v1/session", headers: { authorization: `Bearer ${token}`, ...headers } });
const lastRefusal = () => app.logged.findLast((line) => line["audit"] === "token-refused");
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token of a named issuer", () => {
  test("stands for the person that its claim names, with that person's own rights", async () => {
    const reply = await ask(await made());
    expect(sessionShape.parse(reply.json())).toMatchObject({
      person: { name: "maria", admin: false },
      memberships: [{ account: "materials", role: "member" }],
      signed_in_with: "jwt",
      ends_at: null,
    });
  });

  test("by keys out of a file, with the claim sub where no other is named", async () => {
    const token = await made({ key: other!.privateKey, header: { kid: "ci" }, claims: { iss: CI, sub: "sarah" } });
    expect(sessionShape.parse((await ask(token)).json()).person.name).toBe("sarah");
  });

  test("for several audiences, of which we are one", async () => {
    expect((await ask(await made({ claims: { aud: ["elsewhere", AUDIENCE] } }))).statusCode).toBe(200);
  });

  test("gives no right to ask in another person's name, and no administrator's route", async () => {
    const token = await made();
    expect((await ask(token, { "headgate-act-as": "sarah" })).statusCode).toBe(403);
    const reply = await app.send({
      method: "POST",
      url: "/api/v1/people",
      headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
      payload: { name: "mallory" },
    });
    expect([reply.statusCode, problemShape.parse(reply.json()).code]).toEqual([403, "access.forbidden"]);
  });

  test("is good until its end and half a minute more, for clocks that differ", async () => {
    expect((await ask(await made({ claims: { exp: seconds(-29) } }))).statusCode).toBe(200);
    expect((await ask(await made({ claims: { nbf: seconds(29) } }))).statusCode).toBe(200);
  });

  test("of a person who is switched off is refused from then on", async () => {
    await app.access.people.create({ name: "lena", displayName: "Lena", email: null, admin: false });
    const token = await made({ claims: { uid: "lena" } });
    expect((await ask(token)).statusCode).toBe(200);
    await app.access.people.change({ name: "owner", admin: true }, "lena", { active: false });
    expect((await ask(token)).statusCode).toBe(401);
  });
});

const FORGED: readonly (readonly [name: string, why: string, make: () => Promise<string>])[] = [
  ["no signature (alg none)", "algorithm", async () => new UnsecuredJWT({ iss: UNIVERSITY, aud: AUDIENCE, uid: "maria", exp: seconds(300) }).encode()],
  ["alg none in other letters", "algorithm", async () => `${encode({ alg: "nOnE", kid: "one" })}.${(await made()).split(".")[1]}.`],
  [
    "an HMAC with the public key as its secret",
    "algorithm",
    async () => {
      const body = `${encode({ alg: "HS256", kid: "one" })}.${(await made()).split(".")[1]}`;
      return `${body}.${createHmac("sha256", await exportSPKI(rsa!.publicKey))
        .update(body)
        .digest("base64url")}`;
    },
  ],
  ["a key of another kind", "algorithm", () => made({ key: elliptic!.privateKey, header: { alg: "ES256", kid: "curve" } })],
  ["the name of a key of another kind", "key", () => made({ header: { kid: "curve" } })],
  ["a key that nobody published, under a known name", "signature", () => made({ key: other!.privateKey })],
  ["the key of another issuer", "key", () => made({ key: other!.privateKey, header: { kid: "ci" } })],
  ["an unknown key", "key", () => made({ header: { kid: "nine" } })],
  ["a key of its own in the header", "signature", async () => made({ key: other!.privateKey, header: { jwk: await exportJWK(other!.publicKey) } })],
  ["an extension that must be understood", "form", () => made({ header: { "crit": ["x-lab"], "x-lab": 1 } })],
  ["another audience", "audience", () => made({ claims: { aud: "elsewhere" } })],
  ["no audience", "audience", () => made({ claims: { aud: undefined } })],
  ["an issuer that nobody named", "issuer", () => made({ claims: { iss: "https://evil.example" } })],
  ["no issuer", "form", () => made({ claims: { iss: undefined } })],
  ["an end that has passed", "expired", () => made({ claims: { exp: seconds(-31) } })],
  ["no end", "claim", () => made({ claims: { exp: undefined } })],
  ["a beginning to come", "not-yet-valid", () => made({ claims: { nbf: seconds(31) } })],
  ["nobody's name", "person", () => made({ claims: { uid: "nobody" } })],
  ["no name", "claim", () => made({ claims: { uid: undefined } })],
  ["a name that is none", "person", () => made({ claims: { uid: "../maria" } })],
  ["a name that is a list", "person", () => made({ claims: { uid: ["maria"] } })],
  [
    "claims that were changed",
    "signature",
    async () => {
      const [head, , tail] = (await made()).split(".");
      return `${head}.${encode({ iss: UNIVERSITY, aud: AUDIENCE, uid: "owner", exp: seconds(300) })}.${tail}`;
    },
  ],
  ["a signature that was cut off", "signature", async () => `${(await made()).split(".").slice(0, 2).join(".")}.`],
  ["three parts of nothing", "form", async () => "a.b.c"],
];

describe("a forged token", () => {
  test.each(FORGED)("with %s is refused in the same words, and the log says why: %s", async (_name, why, make) => {
    const usual = problemShape.parse((await ask(`hgt_${"A".repeat(43)}`)).json());
    const token = await make();
    const reply = await ask(token);
    const { request_id: _one, ...told } = problemShape.parse(reply.json());
    const { request_id: _two, ...toldUsually } = usual;
    expect([reply.statusCode, told]).toEqual([401, toldUsually]);
    expect(lastRefusal()).toMatchObject({ why, route: "/api/v1/session" });
    expect(JSON.stringify(app.logged)).not.toContain(token);
  });

  test("longer than any token may be is refused too", async () => {
    expect((await ask(await made({ claims: { groups: "x".repeat(9000) } }))).statusCode).toBe(401);
  });
});

describe("an issuer's keys", () => {
  const later = (ms: number) => app.clock.set(addMs(app.clock.now(), milliseconds(ms)));

  test("are asked for once, and a new one is found when a token names it, at most every half minute", async () => {
    later(31_000);
    await ask(await made());
    const before = host.asked;
    const next = await generateKeyPair("RS256", { extractable: true });
    host.keys = [...host.keys, await published(next.publicKey, "two", "RS256")];
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_unused, index) => made({ key: next.privateKey, header: { kid: "two" }, claims: { n: index } })),
    );
    expect((await Promise.all(tokens.map((token) => ask(token)))).map((reply) => reply.statusCode)).toEqual(tokens.map(() => 200));
    expect(host.asked - before).toBe(1);
    for (const kid of ["three", "four", "five"]) expect((await ask(await made({ header: { kid } }))).statusCode).toBe(401);
    expect(host.asked - before).toBe(1);
  });

  test("stay good for a day while the host is down, and no longer; then it is told that they are not known", async () => {
    await ask(await made());
    host.down = true;
    later(11 * 60_000);
    expect((await ask(await made())).statusCode).toBe(200);
    expect(app.logged.findLast((line) => line["issuer"] === UNIVERSITY && "reason" in line)).toMatchObject({
      msg: "the keys of an issuer cannot be read",
      reason: expect.stringContaining("503"),
    });
    const asked = host.asked;
    later(1_001);
    expect((await ask(await made())).statusCode).toBe(200);
    expect(host.asked).toBe(asked);
    later(24 * 3600_000);
    expect((await ask(await made())).statusCode).toBe(401);
    expect(lastRefusal()).toMatchObject({ why: "keys-unknown", issuer: UNIVERSITY });
    host.down = false;
    later(31_000);
    expect((await ask(await made())).statusCode).toBe(200);
  });

  test("that are no longer published are refused once they were read again", async () => {
    host.keys = host.keys.filter(({ kid }) => kid !== "one");
    later(10 * 60_000);
    expect((await ask(await made())).statusCode).toBe(401);
    expect(lastRefusal()).toMatchObject({ why: "key" });
  });
});
