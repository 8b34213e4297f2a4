import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { MiB } from "#kernel";

/** Holds every attempt to the memory it reserved, where the system lets us. */
export type MemoryFence = {
  /** "cgroup 2", "cgroup 1", or "not enforced" with the reason: for the status line. */
  readonly words: string;
  readonly enforced: boolean;
  /** Makes the limit; gives the file that a process joins it by, or "" when there is none. Not in one go: making a group takes the kernel about a millisecond. */
  raise(token: string, memory: MiB): Promise<string>;
  /** How many processes of the attempt were killed because its memory ran out. */
  kills(token: string): number;
  /** Whatever is still inside: what a job left behind cannot hide from here. */
  inside(token: string): number[];
  lower(token: string): void;
  /** Tokens of own limits that are still there, for what an earlier worker left. */
  standing(): string[];
};

type Dialect = {
  readonly words: string;
  readonly limit: string;
  /** Swap would let a job grow past its limit; the file is there only where swap is accounted. */
  swap(memoryBytes: bigint): { readonly file: string; readonly value: string };
  readonly events: string;
};

/** Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. */
const CGROUP_2: Dialect = { words: "cgroup 2", limit: "memory.max", swap: () => ({ file: "memory.swap.max", value: "0" }), events: "memory.events" };
const CGROUP_1: Dialect = {
  words: "cgroup 1",
  limit: "memory.limit_in_bytes",
  swap: (bytes) => ({ file: "memory.memsw.limit_in_bytes", value: String(bytes) }),
  events: "memory.oom_control",
};

const BYTES_PER_MIB = 1_048_576n;

/** Several installations make their groups beside each other, and none may take away what another has just made. */
const prefixOf = (owner: string) => `headgate-${createHash("sha256").update(owner).digest("hex").slice(0, 10)}-`;

/**
 * Looks for a place where limits can be made and tries one out with a real process. `ulimit -v` is no substitute: codes with MPI, Java or Julia reserve
 * far more addresses than they use, and would die of it. `owner` tells this installation from others on the machine: its folder of control files.
 */
export async function openMemoryFence(owner: string): Promise<MemoryFence> {
  const prefix = prefixOf(owner);
  for (const { folder, dialect } of places()) {
    if (await works(join(folder, `${prefix}probe-${process.pid}`), dialect)) return fenceIn(folder, prefix, dialect);
  }
  return NO_FENCE;
}

export const NO_FENCE: MemoryFence = {
  words: "not enforced (no cgroup that this user may write)",
  enforced: false,
  raise: () => Promise.resolve(""),
  kills: () => 0,
  inside: () => [],
  lower: () => undefined,
  standing: () => [],
};

function fenceIn(base: string, prefix: string, dialect: Dialect): MemoryFence {
  const folder = (token: string) => join(base, `${prefix}${token}`);
  return {
    words: dialect.words,
    enforced: true,
    raise: async (token, memory) => {
      await raise(folder(token), dialect, BigInt(memory) * BYTES_PER_MIB);
      return join(folder(token), "cgroup.procs");
    },
    kills: (token) => Number(/^oom_kill (\d+)$/m.exec(readOr(join(folder(token), dialect.events), ""))?.[1] ?? 0),
    inside: (token) =>
      readOr(join(folder(token), "cgroup.procs"), "")
        .split("\n")
        .filter(Boolean)
        .map(Number),
    lower: (token) => lower(folder(token)),
    standing: () => readdirSync(base).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
  };
}

async function raise(folder: string, dialect: Dialect, bytes: bigint): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, dialect.limit), String(bytes));
  const swap = dialect.swap(bytes);
  // Only to be written where it is: a group's folder takes no file of ours.
  await writeFile(join(folder, swap.file), swap.value, { flag: "r+" }).catch(passIfMissing);
}

function passIfMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function lower(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, or a process is still leaving: upkeep comes by again.
  }
}

async function works(folder: string, dialect: Dialect): Promise<boolean> {
  try {
    await raise(folder, dialect, 64n * BYTES_PER_MIB);
    const joined = spawnSync("/bin/sh", ["-c", 'echo $$ > "$1"', "headgate-probe", join(folder, "cgroup.procs")], { stdio: "ignore", timeout: 5_000 });
    return joined.status === 0;
  } catch {
    return false;
  } finally {
    lower(folder);
  }
}

/** Where the own process stands in each hierarchy, and one above: in version 2 a group with processes of its own can have no limits below it. */
function places(): { folder: string; dialect: Dialect }[] {
  const mounts = readOr("/proc/self/mountinfo", "")
    .split("\n")
    .map((line) => line.split(" "));
  return readOr("/proc/self/cgroup", "")
    .split("\n")
    .flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (controllers === undefined || path === undefined) return [];
      const isTwo = controllers === "";
      if (!isTwo && !controllers.split(",").includes("memory")) return [];
      const mount = mounts.find((fields) => mountedAs(fields, isTwo));
      if (mount?.[4] === undefined || mount[3] === undefined) return [];
      const own = join(mount[4], path.startsWith(mount[3]) ? path.slice(mount[3].length) : path);
      const dialect = isTwo ? CGROUP_2 : CGROUP_1;
      return isTwo
        ? [
            { folder: dirname(own), dialect },
            { folder: own, dialect },
          ].filter((place) => place.folder.startsWith(mount[4]!))
        : [{ folder: own, dialect }];
    });
}

/** proc(5), mountinfo: root and mount point are fields 4 and 5; after a lone "-" come the type, the source, and the options of the file system. */
function mountedAs(fields: readonly string[], isTwo: boolean): boolean {
  const dash = fields.indexOf("-");
  if (dash < 0) return false;
  return isTwo ? fields[dash + 1] === "cgroup2" : fields[dash + 1] === "cgroup" && (fields[dash + 3] ?? "").split(",").includes("memory");
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
