import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type Identity } from "./command.ts";
import { makeFolder, writeWhole } from "./files.ts";
import { lockStart } from "./lock.ts";

/** The role and the database of Headgate in the embedded server. */
export const ROLE = "headgate";
export const DATABASE = "headgate";

/** What every start of one server shares. */
export type Site = {
  readonly layout: Layout;
  /** Who the server runs as; null for whoever runs Headgate. */
  readonly as: Identity | null;
  /** The folder with PostgreSQL's bin/, lib/ and share/. */
  readonly native: string;
  /** Whether what is committed survives a power cut. */
  readonly durable: boolean;
};

/** Where the parts of one embedded server lie. */
export type Layout = {
  /** The folder of everything below. */
  readonly base: string;
  /** PostgreSQL's data directory: there wholly or not at all. */
  readonly data: string;
  /** The folder of the Unix socket, 0700 of the server's user. */
  readonly socket: string;
  /** The password of the role `headgate`, 0600. */
  readonly password: string;
  readonly log: string;
  /** Held while the server is started or stopped. */
  readonly startLock: string;
  /** Held by everybody who uses the server. */
  readonly useLock: string;
  /** Where binaries are copied to when they cannot be run where they are. */
  readonly copies: string;
};

/** Data and binaries go here when the state folder is somewhere that the server's user cannot enter. */
export const SHARED_FOLDER = "/var/lib/headgate";

/** Names the folder under SHARED_FOLDER that belongs to this state folder. It is random, so that a state folder that was deleted and made anew does not find old data. */
const POINTER = "elsewhere";

const ENTER_TIMEOUT_MS = 10_000;
const PLACE_LOCK_WAIT_S = 30;

/** The base folder of a state folder that has been used before; undefined when there is none. Makes nothing. */
export function knownLayout(stateFolder: string, shared: string): Layout | undefined {
  const local = join(stateFolder, "postgres");
  const pointer = join(local, POINTER);
  if (existsSync(pointer)) return layoutOf(readFileSync(pointer, "utf8").trim(), shared);
  return existsSync(join(local, "data")) ? layoutOf(local, copiesFor(local, shared)) : undefined;
}

/**
 * Finds or makes the base folder of a state folder. For an ordinary user it is `<state>/postgres`. For root the server runs as
 * another user, and where that one cannot enter (a state folder under /root) the base is `<shared>/postgres-<random>`.
 */
export async function findLayout(stateFolder: string, as: Identity | null, shared: string): Promise<Layout> {
  const local = join(stateFolder, "postgres");
  // As root the folder is passed through by the server's user, who may not list it.
  const mode = as === null ? 0o700 : 0o711;
  await makeFolder(stateFolder, mode);
  await makeFolder(local, mode);
  // Two first starts at once must not choose two places.
  const lock = await lockStart(join(local, "place.lock"), PLACE_LOCK_WAIT_S);
  try {
    const known = knownLayout(stateFolder, shared);
    if (known !== undefined) return known;
    if (as === null || (await canEnter(local, as))) return layoutOf(local, copiesFor(local, shared));
    await makeFolder(shared, 0o755);
    const base = join(shared, `postgres-${randomBytes(6).toString("hex")}`);
    await makeFolder(base, 0o711);
    await writeWhole(join(base, "state-folder"), `${stateFolder}\n`, 0o600);
    await writeWhole(join(local, POINTER), `${base}\n`, 0o600);
    return layoutOf(base, shared);
  } finally {
    lock.release();
  }
}

/** An ordinary user can write nowhere else than in his own folder. */
function copiesFor(local: string, shared: string): string {
  return process.getuid?.() === 0 ? shared : local;
}

function layoutOf(base: string, copies: string): Layout {
  return {
    base,
    data: join(base, "data"),
    socket: join(base, "socket"),
    password: join(base, "password"),
    log: join(base, "server.log"),
    startLock: join(base, "start.lock"),
    useLock: join(base, "use.lock"),
    copies,
  };
}

/** Asked of the system by entering, not computed from modes: every folder on the way, ACLs and mount options count. */
export async function canEnter(folder: string, as: Identity): Promise<boolean> {
  const { code } = await runCommand("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { as, timeoutMs: ENTER_TIMEOUT_MS });
  return code === 0;
}
