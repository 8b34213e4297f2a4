import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveConfig, type FlagTexts } from "#config";
import { mib } from "#kernel";
import { cli, emptyHome, ROOT } from "../testing/line.ts";
import { examine } from "./examine.ts";
import { lookAtDatabase } from "./database.ts";
import { fail, ok, warn, type Finding, type Patient } from "./finding.ts";
import { judgeClock, judgeResources } from "./machine.ts";
import { judgeVersion, lookAtServer } from "./server.ts";
import { judgeDisk, judgeToken, lookAtState, lookAtToken } from "./state.ts";

function patient(home: string, flags: FlagTexts = {}, environment: Readonly<Record<string, string>> = {}): Patient {
  const surroundings = { environment: { PATH: process.env["PATH"] ?? "", ...environment }, home, cwd: home };
  const resolved = resolveConfig({ flags, surroundings, file: null });
  return { config: resolved.config, resolved, surroundings, root: ROOT, version: "1.2.3" };
}

const words = (finding: Finding) => `${finding.state} ${finding.name}`;

describe("judging what was found", () => {
  const GIB = 1024 ** 3;

  test.each<[Finding, Finding["state"]]>([
    [judgeDisk(0.1 * GIB, "/"), "fail"],
    [judgeDisk(1 * GIB, "/"), "warn"],
    [judgeDisk(50 * GIB, "/"), "ok"],
    [judgeToken("/t", 0o600, true), "ok"],
    [judgeToken("/t", 0o640, true), "fail"],
    [judgeToken("/t", 0o604, true), "fail"],
    [judgeToken("/t", 0o600, false), "warn"],
    [judgeClock(Date.parse("2026-11-20"), Date.parse("2026-11-19")), "ok"],
    [judgeClock(Date.parse("1970-01-01"), Date.parse("2026-11-19")), "fail"],
    [judgeResources({ cores: 8, memory: mib(16_384) }, { cores: null, memory: null }), "ok"],
    [judgeResources({ cores: 8, memory: mib(16_384) }, { cores: 4, memory: mib(8192) }), "ok"],
    [judgeResources({ cores: 8, memory: mib(16_384) }, { cores: 16, memory: null }), "warn"],
    [judgeResources({ cores: 8, memory: mib(16_384) }, { cores: null, memory: mib(65_536) }), "fail"],
    [judgeVersion("http://x", "1.2.3", "1.2.3"), "ok"],
    [judgeVersion("http://x", "1.3.0", "1.2.3"), "warn"],
  ])("%j", (finding, state) => {
    expect(finding.state).toBe(state);
    expect(finding.fix === null).toBe(state === "ok");
  });
});

describe("looking", () => {
  test("a token that others can read is found", async () => {
    const home = emptyHome();
    const state = join(home, ".local", "state", "headgate");
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, "owner-token"), "x\n");
    chmodSync(join(state, "owner-token"), 0o644);
    expect(await lookAtToken(patient(home))).toMatchObject({ state: "fail", words: expect.stringContaining("0644") as string });
    chmodSync(join(state, "owner-token"), 0o600);
    expect(await lookAtToken(patient(home))).toMatchObject({ state: "ok" });
  });

  test("a file where the state folder should be", async () => {
    const home = emptyHome();
    writeFileSync(join(home, "state"), "");
    expect(await lookAtState(patient(home, { state: "state" }))).toMatchObject({ state: "fail", words: expect.stringContaining("is not a folder") as string });
  });

  test("the database where it really lies", async () => {
    const home = emptyHome();
    const postgres = join(home, ".local", "state", "headgate", "postgres");
    expect(await lookAtDatabase(patient(home))).toMatchObject({ state: "ok", words: "embedded, made at the first start" });
    mkdirSync(postgres, { recursive: true });
    writeFileSync(join(postgres, "elsewhere"), "/var/lib/headgate/postgres-1\n");
    expect(await lookAtDatabase(patient(home))).toMatchObject({ state: "ok", words: "embedded, data in /var/lib/headgate/postgres-1/data" });
  });

  test("a port that another program has", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const found = [await lookAtServer(patient(emptyHome(), { "server.listen": `127.0.0.1:${port}` }))].flat();
    other.close();
    expect(found.map(words)).toEqual(["warn server", "fail port"]);
  });

  test("a server that is gone, and one that is something else", async () => {
    const home = emptyHome();
    const state = join(home, ".local", "state", "headgate");
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, "server.json"), JSON.stringify({ url: "http://127.0.0.1:9", pid: 2 ** 22 + 1 }));
    expect([await lookAtServer(patient(home))].flat().map(words)).toEqual(["warn server", "ok port"]);
    const other = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const found = [await lookAtServer(patient(home, { "server.url": `http://127.0.0.1:${port}` }))].flat();
    other.close();
    expect(found).toMatchObject([{ state: "fail", words: expect.stringContaining("is not a Headgate") as string }]);
  });

  test("a look that fails is a finding, and the others are still made", async () => {
    const found = await examine(patient(emptyHome()), [
      ["first", () => Promise.reject(new Error("no such thing"))],
      ["second", () => Promise.resolve([ok("second", "well"), warn("third", "nearly", "do it")])],
      ["fourth", () => Promise.resolve(fail("fourth", "wrong", "mend it"))],
    ]);
    expect(found.map(words)).toEqual(["fail first", "ok second", "warn third", "fail fourth"]);
  });
});

describe("headgate doctor", () => {
  test("finds this machine fit, says what is missing, and has a stable shape", async () => {
    const { code, stdout } = await cli(["doctor", "-o", "json"]);
    const answer = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    expect([code, answer.ok]).toEqual([0, true]);
    expect(Object.keys(answer.findings[0]!).toSorted()).toEqual(["fix", "name", "state", "words"]);
    for (const name of ["system", "node", "state folder", "disk", "clock", "timeout", "resources", "memory limit", "PostgreSQL", "server", "port"]) {
      expect(answer.findings.map((finding) => finding.name)).toContain(name);
    }
  });

  test("exit 1 when something that matters is wrong, with what to do", async () => {
    const { code, stdout, stderr } = await cli(["doctor"], { environment: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL +PostgreSQL +\S.*\n +fix \S/m);
    expect(stderr).toContain("1 thing that matters is wrong");
  });
});
