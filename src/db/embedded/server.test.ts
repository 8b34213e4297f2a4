import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { makePlace, startChild, type Place } from "../../../test/beds/embedded.ts";
import { openDatabase, type OpenDatabase } from "../open-database.ts";
import { lockStart } from "./lock.ts";
import { freePort } from "./ports.ts";
import { worksIn } from "./postmaster.ts";
import { startEmbedded, stopEmbedded, type EmbeddedProgress, type EmbeddedServer } from "./server.ts";

// Each test starts and stops servers; on a busy machine with a slow disk that takes seconds.
vi.setConfig({ testTimeout: 60_000 });

describe("a server that runs", () => {
  let place: Place;
  let server: EmbeddedServer;
  let db: OpenDatabase;
  const steps: EmbeddedProgress[] = [];

  beforeAll(async () => {
    place = makePlace();
    server = await startEmbedded({ ...place, durability: "full", onProgress: (step) => steps.push(step) });
    db = await openDatabase({ url: server.url });
  });
  afterAll(async () => {
    await db.close();
    await place.remove();
  });

  test("told how it was made, with times that only grow", () => {
    expect(steps.map((step) => step.phase).filter((phase) => phase !== "user" && phase !== "binaries")).toEqual(["init", "start", "ready"]);
    expect(steps.map((step) => step.elapsedMs)).toEqual(steps.map((step) => step.elapsedMs).toSorted((a, b) => a - b));
    expect(steps.at(-1)?.detail).toMatch(/^PostgreSQL 18\.\d+ on port \d+$/);
  });

  test("keeps what was committed through a power cut, and notices a bad disk", async () => {
    const [row] = await db.query(
      "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages, current_setting('data_checksums') as checksums",
    );
    expect(row).toEqual({ fsync: "on", commit: "on", pages: "on", checksums: "on" });
  });

  test("lets nobody in without the password, which only its owner can read", async () => {
    expect(await db.query("select distinct auth_method from pg_hba_file_rules")).toEqual([{ auth_method: "scram-sha-256" }]);
    const folder = join(place.stateFolder, "postgres");
    expect(statSync(join(folder, "password")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "socket")).mode & 0o777).toBe(0o700);
    expect(statSync(server.dataFolder).mode & 0o777).toBe(0o700);
    const password = new URL(server.tcpUrl()).password;
    for (const url of [server.url(), server.tcpUrl()]) {
      await expect(openDatabase({ url: url.replace(password, "guess") })).rejects.toMatchObject({ code: "db.credentials" });
    }
    expect(readFileSync(`/proc/${server.pid()}/cmdline`, "utf8")).not.toContain(password);
  });

  test("answers on a Unix socket and on loopback alone", async () => {
    expect(server.url()).toContain("%2Fpostgres%2Fsocket:");
    expect(await db.query("select inet_client_addr() is null as socket, current_setting('listen_addresses') as addresses")).toEqual([
      { socket: true, addresses: "127.0.0.1" },
    ]);
    const overTcp = await openDatabase({ url: server.tcpUrl() });
    expect(await overTcp.query("select host(inet_server_addr()) as address")).toEqual([{ address: "127.0.0.1" }]);
    await overTcp.close();
  });

  test("is in a session of its own, so that Ctrl-C does not reach it, and not root's", () => {
    // /proc/PID/stat after the name in brackets: state, parent, group, session.
    const fields = readFileSync(`/proc/${server.pid()}/stat`, "utf8").split(") ")[1]!.split(" ");
    expect([fields[2], fields[3]]).toEqual([String(server.pid()), String(server.pid())]);
    expect(statSync(server.dataFolder).uid).not.toBe(0);
  });

  test("speaks UTF-8 and sorts the same on every machine", async () => {
    const [row] = await db.query(
      "select datlocprovider::text as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding, upper('ä') as upper from pg_database where datname = current_database()",
    );
    expect(row).toEqual({ provider: "b", locale: "C.UTF-8", encoding: "UTF8", upper: "Ä" });
  });
});

describe("several who use one server", () => {
  let place: Place;
  beforeEach(() => {
    place = makePlace();
  });
  afterEach(() => place.remove());

  test("the second finds it running, and the last one stops it", async () => {
    const first = await startEmbedded(place);
    const second = await startEmbedded(place);
    expect([first.found, second.found, second.pid()]).toEqual([false, true, first.pid()]);
    expect(await first.release()).toEqual({ stopped: false });
    expect(worksIn(second.pid(), second.dataFolder)).toBe(true);
    expect(await second.release()).toEqual({ stopped: true });
    expect(worksIn(second.pid(), second.dataFolder)).toBe(false);
    expect(await second.release()).toEqual({ stopped: false });
    expect(readdirSync(join(place.stateFolder, "postgres", "socket"))).toEqual([]);
    expect(existsSync(join(second.dataFolder, "postmaster.pid"))).toBe(false);
  });

  test("a user that was killed no longer counts", async () => {
    const child = startChild(place);
    const { up } = await child.until((line) => line.up !== undefined || line.problem !== undefined);
    const mine = await startEmbedded(place);
    expect([mine.found, mine.pid()]).toEqual([true, up?.pid]);
    await child.kill();
    expect(await mine.release()).toEqual({ stopped: true });
  });

  test("processes that start together on an empty folder make one database and one server", async () => {
    const children = [1, 2, 3].map(() => startChild(place));
    const ups = await Promise.all(children.map((child) => child.until((line) => line.up !== undefined || line.problem !== undefined)));
    expect(new Set(ups.map((line) => line.up?.pid)).size).toBe(1);
    expect(children.flatMap((child) => child.lines).filter((line) => line.phase === "init")).toHaveLength(1);
    const ends = await Promise.all(children.map((child) => child.finish()));
    expect(ends.filter((line) => line?.stopped === true)).toHaveLength(1);
    expect(worksIn(ups[0]!.up!.pid, ups[0]!.up!.dataFolder)).toBe(false);
  });

  test("stopping it from outside works once, and says when there was nothing to stop", async () => {
    expect(await stopEmbedded(place)).toBe(false);
    const server = await startEmbedded(place);
    expect(await stopEmbedded(place)).toBe(true);
    expect(await stopEmbedded(place)).toBe(false);
    expect(await server.ensureRunning()).toBe(true);
    await server.stop();
    expect(worksIn(server.pid(), server.dataFolder)).toBe(false);
  });

  test("whoever waits too long for another start is told so", async () => {
    const path = join(place.folder, "start.lock");
    const held = await lockStart(path, 1);
    await expect(lockStart(path, 0.05)).rejects.toMatchObject({ code: "db.locked" });
    held.release();
    (await lockStart(path, 1)).release();
  });

  test("a lock goes with its last holder, and who waited for it holds a new one that keeps others out", async () => {
    const path = join(place.folder, "start.lock");
    const first = await lockStart(path, 1);
    const second = lockStart(path, 10);
    first.release();
    const held = await second;
    await expect(lockStart(path, 0.05)).rejects.toMatchObject({ code: "db.locked" });
    held.release();
    expect(existsSync(path)).toBe(false);
  });

  test("when the last one has gone no lock lies about, also after a start that failed", async () => {
    const server = await startEmbedded(place);
    await server.release();
    const locks = () => readdirSync(join(place.stateFolder, "postgres")).filter((name) => name.endsWith(".lock"));
    expect(locks()).toEqual([]);
    writeFileSync(join(server.dataFolder, "PG_VERSION"), "17\n");
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "db.other-version" });
    expect(locks()).toEqual([]);
  });
});

describe("a free port", () => {
  test("is looked for a bounded number of times", async () => {
    const tried: number[] = [];
    const nothingFree = (port: number) => {
      tried.push(port);
      return Promise.resolve(false);
    };
    await expect(freePort(() => 0, nothingFree)).rejects.toMatchObject({ code: "db.start-failed" });
    expect(tried).toHaveLength(20);
    expect(
      await freePort(
        () => 0.999_999,
        () => Promise.resolve(true),
      ),
    ).toBeLessThan(32_768);
  });
});
