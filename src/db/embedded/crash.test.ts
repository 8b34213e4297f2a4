import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { seededRandomness } from "#kernel";
import { makePlace, startChild, type Place } from "../../../test/beds/embedded.ts";
import { openDatabase } from "../open-database.ts";
import { waitGone, worksIn } from "./postmaster.ts";
import { startEmbedded, type EmbeddedServer } from "./server.ts";

vi.setConfig({ testTimeout: 60_000 });

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

async function killServer(server: EmbeddedServer): Promise<void> {
  process.kill(server.pid(), "SIGKILL");
  expect(await waitGone(server.pid(), server.dataFolder, 10_000)).toBe(true);
}

describe("after kill -9 of PostgreSQL", () => {
  test("it is started again on the same port, and everything that was committed is there", async () => {
    const server = await startEmbedded(place);
    const db = await openDatabase({ url: server.url });
    await db.query("create table kept (id int primary key); insert into kept values (1)");
    const [pid, url] = [server.pid(), server.url()];
    await killServer(server);
    expect(await server.ensureRunning()).toBe(true);
    expect([server.pid() === pid, server.url()]).toEqual([false, url]);
    await db.transaction((tx) => tx.query("insert into kept values (2)"));
    expect(await db.query("select id from kept order by id")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await server.ensureRunning()).toBe(false);
    await db.close();
  });

  test("work that was under way is done once and listeners look for themselves, without anybody calling", async () => {
    const server = await startEmbedded(place);
    const restarts: number[] = [];
    server.supervise({ onRestart: (downMs) => restarts.push(downMs), onFault: (error) => expect(error).toBeUndefined() });
    const db = await openDatabase({ url: server.url });
    await db.query("create table counter (value int); insert into counter values (0)");
    const heard: (string | null)[] = [];
    await db.listen("news", (payload) => heard.push(payload));
    let attempts = 0;
    await db.transaction(async (tx) => {
      attempts += 1;
      await tx.query("update counter set value = value + 1");
      if (attempts === 1) process.kill(server.pid(), "SIGKILL");
      await tx.query("select pg_sleep(0.2)");
    });
    expect(await db.query({ text: "select value from counter", readOnly: true })).toEqual([{ value: 1 }]);
    expect(restarts).toHaveLength(1);
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([null]);
    await db.query("notify news, 'again'");
    await expect.poll(() => heard).toEqual([null, "again"]);
    await db.close();
    expect(await server.release()).toEqual({ stopped: true });
    expect(restarts).toHaveLength(1);
  });

  test("of a single connection, PostgreSQL recovers by itself and the pool goes on", async () => {
    const server = await startEmbedded(place);
    const db = await openDatabase({ url: server.url });
    const victim = await openDatabase({ url: server.url, connectionsMax: 1 });
    const [row] = await victim.query<{ pid: number }>("select pg_backend_pid() as pid");
    process.kill(row!.pid, "SIGKILL");
    // PostgreSQL cuts every connection; a commit sent in that very moment would have an unknown outcome.
    await expect.poll(() => db.pool().open, { timeout: 10_000 }).toBe(0);
    await db.transaction((tx) => tx.query("create table after_crash (id int)"));
    expect(await victim.query({ text: "select count(*) as rows from after_crash", readOnly: true })).toEqual([{ rows: 0n }]);
    expect(await server.ensureRunning()).toBe(false);
    await Promise.all([db.close(), victim.close()]);
  });

  test("a port that somebody took meanwhile is given up, and the pool follows", async () => {
    const server = await startEmbedded(place);
    const db = await openDatabase({ url: server.url });
    const [before, port] = [server.url(), Number(new URL(server.tcpUrl()).port)];
    await killServer(server);
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    expect(await server.ensureRunning()).toBe(true);
    expect(server.url()).not.toBe(before);
    expect(await db.query({ text: "select 1 as one", readOnly: true })).toEqual([{ one: 1 }]);
    await db.close();
    await new Promise((resolve) => squatter.close(resolve));
  });

  test("a supervisor tells when it cannot start it again, and goes on trying", async () => {
    const server = await startEmbedded(place);
    const faults: unknown[] = [];
    server.supervise({ onRestart: () => undefined, onFault: (error) => faults.push(error) });
    const version = join(server.dataFolder, "PG_VERSION");
    const good = readFileSync(version);
    writeFileSync(version, "17\n");
    await killServer(server);
    await expect.poll(() => faults, { timeout: 30_000 }).toMatchObject([{ code: "db.other-version" }]);
    writeFileSync(version, good);
    await expect.poll(() => worksIn(server.pid(), server.dataFolder), { timeout: 30_000 }).toBe(true);
    await server.release();
  });
});

describe("what a killed start left behind", () => {
  test("a folder that initdb had only begun never counts as a database", async () => {
    const child = startChild(place);
    await child.until((line) => line.phase === "init");
    const base = join(place.stateFolder, "postgres");
    // Killed while initdb has written some files of its folder and not all.
    await expect.poll(() => begun(base), { timeout: 20_000, interval: 1 }).toBe(true);
    await child.kill();
    const server = await startEmbedded(place);
    expect(server.found).toBe(false);
    expect(readdirSync(base).filter((name) => name.startsWith("init-"))).toEqual([]);
    const db = await openDatabase({ url: server.url });
    expect(await db.query("select 1 as one")).toEqual([{ one: 1 }]);
    await db.close();
  });

  test("a start killed at any step is taken up by the next", async () => {
    for (const phase of ["init", "start", "ready"]) {
      const child = startChild(place);
      await child.until((line) => line.phase === phase || line.up !== undefined);
      await child.kill();
    }
    const child = startChild(place);
    expect(await child.until((line) => line.up !== undefined || line.problem !== undefined)).toMatchObject({ up: { who: "headgate" } });
    expect(await child.finish()).toEqual({ stopped: true });
  });

  test("a server whose owner was killed is found and used", async () => {
    const child = startChild(place);
    const { up } = await child.until((line) => line.up !== undefined || line.problem !== undefined);
    await child.kill();
    expect(worksIn(up!.pid, up!.dataFolder)).toBe(true);
    const server = await startEmbedded(place);
    expect([server.found, server.pid()]).toEqual([true, up!.pid]);
  });

  test("a postmaster.pid whose number is another program's now is not believed", async () => {
    const first = await startEmbedded(place);
    const file = join(first.dataFolder, "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    await killServer(first);
    // This test's own process is alive and is no PostgreSQL; PostgreSQL itself would refuse to start.
    writeFileSync(file, [process.pid, ...lines.slice(1)].join("\n"));
    expect(await first.ensureRunning()).toBe(true);
    expect(worksIn(first.pid(), first.dataFolder)).toBe(true);
  });

  test("a server whose postmaster.pid was deleted is stopped in order, and started again", async () => {
    const first = await startEmbedded(place);
    const db = await openDatabase({ url: first.url });
    await db.query("create table kept (id int); insert into kept values (1)");
    await db.close();
    rmSync(join(first.dataFolder, "postmaster.pid"));
    const second = await startEmbedded(place);
    expect([second.found, second.pid() === first.pid(), worksIn(first.pid(), first.dataFolder)]).toEqual([false, false, false]);
    const again = await openDatabase({ url: second.url });
    expect(await again.query("select id from kept")).toEqual([{ id: 1 }]);
    await again.close();
    expect(readFileSync(first.logFile, "utf8")).not.toContain("not properly shut down");
  });

  test("a socket that nobody answers is in nobody's way", async () => {
    const first = await startEmbedded(place);
    const socket = join(place.stateFolder, "postgres", "socket");
    await killServer(first);
    expect(readdirSync(socket).length).toBeGreaterThan(0);
    const name = readdirSync(socket).find((entry) => entry.endsWith(".lock"))!;
    writeFileSync(join(socket, name), `${process.pid}\n`);
    const url = first.url();
    expect(await first.ensureRunning()).toBe(true);
    expect(first.url()).toBe(url);
  });
});

describe("a place that is damaged", () => {
  test("a lost password file is replaced by a new password", async () => {
    const first = await startEmbedded(place);
    const before = first.url();
    const path = join(place.stateFolder, "postgres", "password");
    rmSync(path);
    // Somebody still uses the server: it is not taken from under them.
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "db.credentials" });
    expect(worksIn(first.pid(), first.dataFolder)).toBe(true);
    await first.release();
    const second = await startEmbedded(place);
    expect(second.url().replace(/:\d+\/[^/]*$/, "")).not.toBe(before.replace(/:\d+\/[^/]*$/, ""));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const db = await openDatabase({ url: second.url });
    await db.close();
  });

  test("a password that is not the server's is told, with what to do", async () => {
    const first = await startEmbedded(place);
    await first.release();
    writeFileSync(join(place.stateFolder, "postgres", "password"), "something-else\n");
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "db.credentials", fix: expect.stringContaining("a new password is made") });
  });

  test("a database of another PostgreSQL is told as such", async () => {
    const server = await startEmbedded(place);
    await server.release();
    writeFileSync(join(server.dataFolder, "PG_VERSION"), "17\n");
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "db.other-version" });
  });

  test("an empty data folder is no database, and one is made", async () => {
    mkdirSync(join(place.stateFolder, "postgres", "data"), { recursive: true });
    const server = await startEmbedded(place);
    expect(worksIn(server.pid(), server.dataFolder)).toBe(true);
    await server.release();
  });

  test.each(["PG_VERSION", "global/pg_control"])("a database that has lost %s is left as it is, and what to do is told", async (name) => {
    const server = await startEmbedded(place);
    await server.release();
    rmSync(join(server.dataFolder, name));
    const failure: unknown = await startEmbedded(place).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "db.start-failed",
      detail: `${server.dataFolder} is not a whole database: ${name} is missing`,
      fix: expect.stringContaining(`mv ${server.dataFolder} `),
    });
    renameSync(server.dataFolder, `${server.dataFolder}.damaged`);
    expect((await startEmbedded(place)).found).toBe(false);
  });

  test("a file where the folder should be is told as such", async () => {
    mkdirSync(place.stateFolder);
    writeFileSync(join(place.stateFolder, "postgres"), "");
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "state.read-only", detail: expect.stringContaining("is not a folder") });
    rmSync(join(place.stateFolder, "postgres"));
  });
});

function begun(base: string): boolean {
  const unfinished = readdirSync(base).find((name) => name.startsWith("init-"));
  return unfinished !== undefined && existsSync(join(base, unfinished, "data", "base"));
}

test("twenty kills at random moments lose nothing that was answered, and nothing is done twice", async () => {
  const server = await startEmbedded(place);
  let restarts = 0;
  server.supervise({ onRestart: () => (restarts += 1), onFault: () => undefined });
  const db = await openDatabase({ url: server.url });
  await db.query(
    "create table done (key text primary key); create table counter (id int primary key, value int); insert into counter select n, 0 from generate_series(1, 4) n",
  );
  const random = seededRandomness(20_261_121);
  let answered = 0;
  let unknown = 0;
  let stopping = false;

  /** What every caller that moves money does: the same key until there is an answer. */
  async function addOnce(key: string): Promise<void> {
    for (;;) {
      try {
        await db.transaction(async (tx) => {
          const [fresh] = await tx.query("insert into done values ($1) on conflict do nothing returning key", [key]);
          if (fresh !== undefined) await tx.query("update counter set value = value + 1 where id = $1", [1 + random.below(4)]);
        });
        answered += 1;
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: "db.outcome-unknown" });
        unknown += 1;
      }
    }
  }

  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let index = 0; !stopping; index += 1) await addOnce(`${writer}-${index}`);
  });
  for (let kill = 1; kill <= 20; kill += 1) {
    const [aim, before] = [answered + 1 + random.below(40), restarts];
    await expect.poll(() => answered >= aim, { timeout: 20_000, interval: 1 }).toBe(true);
    process.kill(server.pid(), "SIGKILL");
    await expect.poll(() => restarts, { timeout: 20_000, interval: 5 }).toBe(before + 1);
  }
  stopping = true;
  await Promise.all(writers);
  const [row] = await db.query<{ keys: bigint; total: bigint }>("select (select count(*) from done) as keys, (select sum(value) from counter) as total");
  expect(row).toEqual({ keys: BigInt(answered), total: BigInt(answered) });
  expect(answered).toBeGreaterThan(20);
  expect(unknown).toBeLessThan(answered);
  await db.close();
  await server.release();
});
