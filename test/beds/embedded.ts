import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot, removeEmbedded } from "#db";

/** A folder for one embedded server, to be thrown away with it. */
export type Place = {
  readonly folder: string;
  readonly stateFolder: string;
  readonly sharedFolder: string;
  /** Processes are killed in these tests, machines are not: what the kernel has been given is safe without the disk. */
  readonly durability: "none";
  remove(): Promise<void>;
};

/** The server's user has to be able to pass, unless `mode` says otherwise. */
export function makePlace(mode = 0o711): Place {
  const folder = mkdtempSync(join(tmpdir(), "headgate-pg-"));
  chmodSync(folder, mode);
  const [stateFolder, sharedFolder] = [join(folder, "state"), mode === 0o711 ? join(folder, "shared") : mkdtempSync(join(tmpdir(), "headgate-shared-"))];
  if (existsSync(sharedFolder)) chmodSync(sharedFolder, 0o711);
  return {
    folder,
    stateFolder,
    sharedFolder,
    durability: "none",
    remove: async () => {
      await removeEmbedded({ stateFolder, sharedFolder });
      for (const path of [folder, sharedFolder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

export type ChildUp = { readonly pid: number; readonly dataFolder: string; readonly found: boolean; readonly who: string; readonly uid: number };
export type ChildLine = {
  readonly phase?: string;
  readonly detail?: string;
  readonly up?: ChildUp;
  readonly problem?: { readonly code: string; readonly detail: string; readonly fix: string };
  readonly stopped?: boolean;
};

export type Child = {
  readonly process: ChildProcess;
  /** Everything that it has said. */
  readonly lines: readonly ChildLine[];
  /** The first line for which `which` is true; fails when the process ends without one. */
  until(which: (line: ChildLine) => boolean): Promise<ChildLine>;
  /** Lets it release the server and waits for its end. */
  finish(): Promise<ChildLine | undefined>;
  kill(): Promise<void>;
};

/** Starts test/beds/embedded-child.ts of a clone (ours by default), as another user or through another program if root wants it so. */
export function startChild(place: Place, options: { uid?: number; gid?: number; clone?: string; through?: readonly string[] } = {}): Child {
  const program = join(options.clone ?? packageRoot, "test", "beds", "embedded-child.ts");
  const [file, ...args] = [...(options.through ?? []), process.execPath, program, place.stateFolder, place.sharedFolder];
  const child = spawn(file, args, {
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid ?? options.uid }),
  });
  const lines: ChildLine[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  let ended = false;
  const wake = () => waiting.forEach((look) => look());
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as ChildLine);
    wake();
  });
  child.once("close", () => {
    ended = true;
    wake();
  });
  const until = (which: (line: ChildLine) => boolean) =>
    new Promise<ChildLine>((resolve, reject) => {
      const look = () => {
        const line = lines.find(which);
        if (line === undefined && !ended) return;
        waiting.delete(look);
        if (line === undefined) reject(new Error(`the process ended without saying so; it said ${JSON.stringify(lines)} ${errors}`));
        else resolve(line);
      };
      waiting.add(look);
      look();
    });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    process: child,
    lines,
    until,
    finish: async () => {
      child.stdin.end();
      await closed;
      return lines.at(-1);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
