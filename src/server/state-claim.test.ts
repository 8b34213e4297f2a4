import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Problem } from "#kernel";
import type { ServerFile } from "./contract.ts";
import { isAlive, thisProcess } from "./process-identity.ts";
import { findServer, removeServerFile, writeServerFile } from "./server-file.ts";
import { claimState } from "./state-claim.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-claim-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** A process that has been and is gone. */
async function deadPid(): Promise<number> {
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", "echo $$"]);
  return Number(stdout);
}

const lockOf = async (changes: object) => {
  const { pid, start, bootId } = await thisProcess();
  await writeFile(join(folder, "server.lock.7"), JSON.stringify({ pid, process_start: start, boot_id: bootId, instance: randomUUID(), ...changes }));
};

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

describe("a state folder", () => {
  test("is one server's until it lets go", async () => {
    const first = await claimState(folder, randomUUID());
    expect(await codeOf(claimState(folder, randomUUID()))).toBe("server.running");
    await first.release();
    const second = await claimState(folder, randomUUID());
    expect(second.previous).toBeNull();
    await second.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is made when it is not there, for the owner only", async () => {
    const claim = await claimState(join(folder, "a", "b"), randomUUID());
    await claim.release();
    expect(await readdir(join(folder, "a"))).toEqual(["b"]);
  });

  test("of a server that was killed is taken over, and its instance named", async () => {
    const instance = randomUUID();
    await lockOf({ pid: await deadPid(), instance });
    expect((await claimState(folder, randomUUID())).previous).toBe(instance);
  });

  test("whose pid another process has now is taken over", async () => {
    await lockOf({ process_start: "1" });
    expect((await claimState(folder, randomUUID())).previous).not.toBeNull();
  });

  test("from before a reboot is taken over", async () => {
    await lockOf({ boot_id: randomUUID() });
    expect((await claimState(folder, randomUUID())).previous).not.toBeNull();
  });

  test("with a damaged lock is taken over", async () => {
    await writeFile(join(folder, "server.lock.3"), "{ half");
    expect((await claimState(folder, randomUUID())).previous).toBeNull();
  });

  test("of a killed server goes to one of twenty who start at once", async () => {
    await lockOf({ pid: await deadPid() });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => codeOf(claimState(folder, randomUUID()))));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "server.running")).toHaveLength(19);
    expect(await readdir(folder)).toEqual(["server.lock.8"]);
  });

  test("that cannot be written is a problem", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await codeOf(claimState(join(folder, "file", "state"), randomUUID()))).toBe("state.read-only");
  });
});

describe("server.json", () => {
  const content = async (changes: Partial<ServerFile> = {}): Promise<ServerFile> => {
    const { pid, start, bootId } = await thisProcess();
    return {
      url: "http://127.0.0.1:8787",
      pid,
      process_start: start,
      boot_id: bootId,
      instance: randomUUID(),
      version: "0.1.0",
      started_at: "2026-11-21T12:00:00.000Z",
      ...changes,
    };
  };

  test("says where the running server answers", async () => {
    const own = await content();
    await writeServerFile(folder, own);
    expect(await findServer(folder)).toEqual(own);
    expect(JSON.parse(await readFile(join(folder, "server.json"), "utf8"))).toEqual(own);
    await removeServerFile(folder, own.instance);
    expect(await findServer(folder)).toBeNull();
  });

  test("leaves nothing of one that was killed while it wrote it", async () => {
    await writeFile(join(folder, "server.json.5c276910"), "{");
    await writeServerFile(folder, await content());
    expect(await readdir(folder)).toEqual(["server.json"]);
  });

  test("of a killed server is not believed", async () => {
    await writeServerFile(folder, await content({ pid: await deadPid() }));
    expect(await findServer(folder)).toBeNull();
  });

  test("of another server is not removed", async () => {
    const other = await content();
    await writeServerFile(folder, other);
    await removeServerFile(folder, randomUUID());
    expect((await findServer(folder))?.instance).toBe(other.instance);
  });
});

test("a process is known by more than its pid", async () => {
  const own = await thisProcess();
  expect(own.start).toMatch(/^\d+$/);
  expect([await isAlive(own), await isAlive({ ...own, start: "1" }), await isAlive({ ...own, bootId: "other" })]).toEqual([true, false, false]);
});
