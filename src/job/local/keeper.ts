import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlFiles } from "./control-files.ts";
import { isAlive, type ProcessId, type Processes } from "./processes.ts";
import { KEEPER } from "./wrapper.ts";

/** A beat is at most this old plus the time to write it; with twice this an attempt that was lost is still charged to within 10 s. */
const BEAT_SECONDS = 4;

export type Keeper = {
  /** Starts the keeper unless it is there already; called again and again, so that one that was killed comes back. */
  ensure(): void;
  /** Ends the keeper at once: only when nothing runs any more. */
  stop(): void;
};

/** The detached process that keeps proof of life while no worker is there. One serves all attempts of a folder. */
export function openKeeper(files: ControlFiles, processes: Processes): Keeper {
  const note = join(files.folder, "keeper");
  let known = readNote(note, processes);
  function ensure(): void {
    if (known !== null && isAlive(processes, known)) return;
    known = start();
    if (known !== null) writeFileSync(note, `${known.pid} ${known.startTicks} ${processes.bootId()}\n`, { mode: 0o600 });
  }
  function start(): ProcessId | null {
    const worker = processes.read(process.pid);
    const child = spawn(
      "/bin/sh",
      ["-c", KEEPER, "headgate-keeper", files.folder, String(BEAT_SECONDS), String(process.pid), String(worker?.startTicks ?? 0n)],
      {
        cwd: "/",
        detached: true,
        stdio: "ignore",
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
      },
    );
    // A keeper that cannot be started is tried again at the next call; jobs run without it, only a reboot would be charged less exactly.
    child.once("error", () => undefined);
    child.unref();
    return child.pid === undefined ? null : processes.read(child.pid);
  }
  return {
    ensure,
    stop: () => {
      // Its own session: the minus reaches its sleep as well.
      if (known !== null && isAlive(processes, known)) processes.signal(-known.pid, "SIGTERM");
      known = null;
      rmSync(note, { force: true });
    },
  };
}

function readNote(path: string, processes: Processes): ProcessId | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const match = /^(\d+) (\d+) (\S+)\n$/.exec(text);
  if (match === null || match[3] !== processes.bootId()) return null;
  return { pid: Number(match[1]), startTicks: BigInt(match[2]!) };
}
