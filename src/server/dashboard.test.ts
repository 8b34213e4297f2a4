import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { App } from "./app.ts";
import { findWebRoot } from "./dashboard.ts";
import { openTestApp, sendTo, type TestApp } from "./test-bed.ts";

const page = { accept: "text/html,application/xhtml+xml", authorization: "" };
let folder: string;
let app: TestApp;
let built: App;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-web-"));
  await mkdir(join(folder, "dist", "assets"), { recursive: true });
  await writeFile(join(folder, "dist", "index.html"), "<!doctype html><title>Headgate</title><script type=module src=/assets/app-1a2b.js></script>");
  await writeFile(join(folder, "dist", "assets", "app-1a2b.js"), "export const app = 1;");
  await writeFile(join(folder, "dist", ".hidden"), "not for everybody");
  await writeFile(join(folder, "secret.txt"), "outside");
  app = await openTestApp([]);
  built = await app.another({ webRoot: findWebRoot([join(folder, "nothing"), join(folder, "dist")]) });
});
afterAll(async () => {
  await app.drop();
  await rm(folder, { recursive: true, force: true });
});

const open = (url: string, headers: Record<string, string> = page) => sendTo(built, app.ownerToken, { url, headers });

describe("the built dashboard", () => {
  test("is served without a sign-in; its page is asked for anew, its hashed files are kept", async () => {
    const [index, script] = [await open("/"), await open("/assets/app-1a2b.js")];
    expect([index.statusCode, index.headers["content-type"], index.headers["cache-control"]]).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    expect([script.statusCode, script.body, script.headers["cache-control"]]).toEqual([200, "export const app = 1;", "public, max-age=31536000, immutable"]);
    expect(index.headers["content-security-policy"]).toContain("script-src 'self'");
    expect((await open("/", { ...page, "if-none-match": String(index.headers["etag"]) })).statusCode).toBe(304);
  });

  test("gets its own addresses", async () => {
    for (const url of ["/jobs/1841", "/money?project=climate"])
      expect([(await open(url)).statusCode, (await open(url)).body]).toEqual([200, expect.stringContaining("<title>Headgate")]);
  });

  test("is no answer for data, for missing files, or for other methods", async () => {
    for (const [url, headers] of [
      ["/api/v1/nothing", page],
      ["/assets/old-9f9f.js", page],
      ["/jobs/1841", { accept: "application/json" }],
    ] as const) {
      const reply = await open(url, headers);
      expect([url, reply.statusCode, reply.json<{ code: string }>().code]).toEqual([url, 404, "route.unknown"]);
    }
    expect((await sendTo(built, app.ownerToken, { method: "POST", url: "/", headers: page })).statusCode).toBe(404);
  });

  test("gives no file that is not its own", async () => {
    for (const url of ["/../secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/.hidden", "/%2e%2e/secret.txt"]) {
      const { body, statusCode } = await open(url, { accept: "*/*" });
      expect([url, statusCode]).toEqual([url, 404]);
      expect(body).not.toContain("outside");
      expect(body).not.toContain("not for everybody");
    }
  });
});

test("a dashboard that was not built says what to do", async () => {
  const reply = await app.send({ url: "/", headers: page });
  expect([reply.statusCode, reply.headers["content-type"]]).toEqual([503, "text/html; charset=utf-8"]);
  expect(reply.body).toContain("npm run build");
  expect(findWebRoot([join(folder, "nothing")])).toBeNull();
});
