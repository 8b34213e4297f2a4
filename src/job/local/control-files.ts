import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { instant, type Instant } from "#kernel";

/**
 * The files by which wrapper, keeper and worker speak: `<token>.start`, `<token>.beat`, `<token>.end`, all in one folder. The time of an event is
 * the time stamp of its file; beside it stands the time since boot, which nobody can set.
 */
export type ControlFiles = {
  readonly folder: string;
  prefix(token: string): string;
  start(token: string): StartMarker;
  end(token: string): EndMarker | null;
  beat(token: string): Instant | null;
  /** Takes the start marker away from a wrapper that has not made it yet. True: nothing ran under this token and nothing will. */
  revoke(token: string): boolean;
  /** Forgets an attempt whose outcome is committed. With `keepMarker` its start marker stays: the wrapper may still come, and must not find the place free. */
  forget(token: string, keepMarker: boolean): void;
  /** Revoked markers older than `before`: their wrappers cannot come any more. Gives how many were removed. */
  forgetRevoked(before: Instant): number;
};

export type StartMarker =
  | { readonly kind: "none" }
  /** Created, but its line is not complete: the wrapper is at it this moment, or died there. */
  | { readonly kind: "partial"; readonly at: Instant }
  | { readonly kind: "revoked" }
  | { readonly kind: "started"; readonly pid: number; readonly startTicks: bigint; readonly uptimeMs: number; readonly at: Instant; readonly wallMs: number };

/** `group` is the process group that `timeout` made for the job. */
export type EndMarker = { readonly status: number; readonly group: number; readonly uptimeMs: number; readonly at: Instant; readonly wallMs: number };

const REVOKED = "revoked\n";
const START_LINE = /^(\d+) (\d+) (\d+(?:\.\d+)?)\n$/;
const END_LINE = /^(\d{1,3}) (\d+(?:\.\d+)?) (\d+)\n$/;

/** Owner only: a job that runs as another user must not write its own outcome. */
export function openControlFiles(folder: string): ControlFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const prefix = (token: string) => join(folder, token);
  return {
    folder,
    prefix,
    start: (token) => readStart(`${prefix(token)}.start`),
    end: (token) => readEnd(`${prefix(token)}.end`),
    beat: (token) => readTime(`${prefix(token)}.beat`),
    revoke: (token) => createExclusively(`${prefix(token)}.start`, REVOKED),
    forget: (token, keepMarker) => {
      for (const end of keepMarker ? ["end", "beat"] : ["end", "beat", "start"]) remove(`${prefix(token)}.${end}`);
    },
    forgetRevoked: (before) => forgetRevoked(folder, before),
  };
}

type Read = { readonly text: string; readonly wallMs: number };

/** Text and time stamp of one and the same file. */
function readFile(path: string): Read | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    return { text: readFileSync(descriptor, "utf8"), wallMs: fstatSync(descriptor).mtimeMs };
  } finally {
    closeSync(descriptor);
  }
}

function readStart(path: string): StartMarker {
  const file = readFile(path);
  if (file === null) return { kind: "none" };
  if (file.text === REVOKED) return { kind: "revoked" };
  const match = START_LINE.exec(file.text);
  if (match === null) return { kind: "partial", at: instant(file.wallMs) };
  return {
    kind: "started",
    pid: Number(match[1]),
    startTicks: BigInt(match[2]!),
    uptimeMs: Number(match[3]) * 1000,
    at: instant(file.wallMs),
    wallMs: file.wallMs,
  };
}

function readEnd(path: string): EndMarker | null {
  const file = readFile(path);
  const match = file === null ? null : END_LINE.exec(file.text);
  return file === null || match === null
    ? null
    : { status: Number(match[1]), group: Number(match[3]), uptimeMs: Number(match[2]) * 1000, at: instant(file.wallMs), wallMs: file.wallMs };
}

function readTime(path: string): Instant | null {
  try {
    return instant(statSync(path).mtimeMs);
  } catch {
    return null;
  }
}

function createExclusively(path: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx", 0o600);
  } catch (error) {
    if (existsSync(path)) return false;
    throw error;
  }
  try {
    writeSync(descriptor, text);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Three of these go with every task: unlink is one call of the system, where rm looks first and costs many times as much. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function forgetRevoked(folder: string, before: Instant): number {
  let count = 0;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".start")) continue;
    const path = join(folder, name);
    const made = readTime(path);
    if (made === null || made >= before || readStart(path).kind !== "revoked") continue;
    remove(path);
    count += 1;
  }
  return count;
}
