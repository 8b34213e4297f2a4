import { chownSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { migrate, openDatabase, startEmbedded } from "#db";
import { makePlace } from "../beds/embedded.ts";
import type { Place } from "./bench.ts";

const GONE_MS_MAX = 10_000;

/** A PostgreSQL of its own that is there to be killed. */
export type KillPlace = Place & {
  /** kill -9 of the postmaster and of every process it has, at one moment. */
  killServer(): void;
  /** kill -9 of the processes that serve our connections; PostgreSQL then recovers by itself. */
  killBackends(): void;
  /** Starts it anew as a copy that follows another server and takes no writes, as after a failover to the wrong one. */
  follow(): Promise<void>;
  /** Makes the copy a server of its own right. */
  promote(): Promise<void>;
  /** Starts it again when it is gone, and waits until it answers. */
  bringBack(): Promise<void>;
};

/** `place`: where it lies; a folder of its own when it is not said. */
export async function killPlace(place = makePlace()): Promise<KillPlace> {
  const server = await startEmbedded({ stateFolder: place.stateFolder, sharedFolder: place.sharedFolder, durability: "none" });
  const db = await openDatabase({ url: server.url });
  let killed: readonly number[] = [];
  await migrate(db);
  return {
    url: server.url,
    db,
    killServer: () => {
      killed = [server.pid(), ...childrenOf(server.pid())];
      killed.forEach(kill);
    },
    killBackends: () => {
      for (const pid of childrenOf(server.pid()).filter(servesClient)) kill(pid);
    },
    bringBack: async () => {
      for (const pid of killed) await gone(pid);
      killed = [];
      await server.ensureRunning();
      // Reading is repeated until a server that recovers takes connections again.
      await db.query({ text: "select 1", readOnly: true });
    },
    follow: async () => {
      stopInOrder(server.pid());
      await gone(server.pid());
      const owner = statSync(server.dataFolder);
      writeFileSync(join(server.dataFolder, "standby.signal"), "");
      chownSync(join(server.dataFolder, "standby.signal"), owner.uid, owner.gid);
      await server.ensureRunning();
      await db.query({ text: "select 1", readOnly: true });
    },
    promote: async () => {
      await db.query({ text: "select pg_promote(true, 60)", readOnly: true });
    },
    drop: async () => {
      await db.close();
      await server.stop();
      await place.remove();
    },
  };
}

/** What was killed is gone a moment later; until then it looks as if it ran: a process that ends gives up its memory first, and its working folder after that. */
async function gone(pid: number): Promise<void> {
  const until = performance.now() + GONE_MS_MAX;
  while (worksSomewhere(pid)) {
    if (performance.now() > until) throw new Error(`process ${pid} was killed and is still there`);
    await delay(2);
  }
}

function worksSomewhere(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== "";
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** PostgreSQL writes into a process's title what it does; a backend's names its database and says where the client is. */
function servesClient(pid: number): boolean {
  return /\[local\]|127\.0\.0\.1/.test(titleOf(pid));
}

/** Empty for a process that has ended, whether or not anybody took notice. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** A fast shutdown: the copy can begin with what is on the disk. */
function stopInOrder(pid: number): void {
  process.kill(pid, "SIGINT");
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
