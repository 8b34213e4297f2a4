import { accessSync, constants } from "node:fs";
import type { MiB, Milliseconds, Seconds } from "#kernel";
import type { ControlFiles } from "./control-files.ts";
import type { RunAs } from "./environment.ts";
import type { Launcher, OnGone } from "./launcher.ts";
import type { MemoryFence } from "./memory-fence.ts";

export type Launch = {
  readonly token: string;
  readonly folder: AttemptFolder;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeLimit: Seconds;
  readonly grace: Milliseconds;
  readonly memory: MiB;
  readonly runAs: RunAs | null;
};

/** Where an attempt's things stand. The log lies beside the working folder, so that a job cannot lose it by cleaning up. */
export type AttemptFolder = { readonly path: string; readonly work: string; readonly log: string };

export function attemptFolder(path: string): AttemptFolder {
  return { path, work: `${path}/work`, log: `${path}/log` };
}

/** What launching goes through. */
export type LaunchPorts = { readonly files: ControlFiles; readonly fence: MemoryFence; readonly launcher: Launcher };

/**
 * Starts the wrapper of an attempt in a session of its own. Whether the job has begun is said by its start marker alone; `onGone` tells that the
 * wrapper has ended, or could not be made.
 */
export async function launch(ask: Launch, { files, fence, launcher }: LaunchPorts, onGone: OnGone): Promise<void> {
  const join = await raise(ask, fence);
  const { environment, command } = ask.runAs === null ? ask : demoted(ask, ask.runAs);
  const limits = [String(ask.timeLimit), String(ask.grace / 1000)];
  const words = [files.prefix(ask.token), ...limits, ask.folder.log, join, timeoutProgram(), ...command];
  launcher.start({ token: ask.token, words, cwd: ask.folder.work, environment }, onGone);
}

let found: string | undefined;

/** coreutils' timeout by its full path, so that a job's own PATH cannot put another in its place. */
function timeoutProgram(): string {
  found ??=
    (process.env["PATH"] ?? "")
      .split(":")
      .concat("/usr/bin", "/bin")
      .map((folder) => `${folder}/timeout`)
      .find(isProgram) ?? "timeout";
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith("/");
  } catch {
    return false;
  }
}

/** A limit that cannot be made (the group was removed under us) leaves the attempt without one rather than without a start. */
async function raise(ask: Launch, fence: MemoryFence): Promise<string> {
  try {
    return await fence.raise(ask.token, ask.memory);
  } catch {
    return "";
  }
}

/** Wrapper and timeout stay root, so that a job cannot touch its own outcome; what people set reaches only the program that has let go of root. */
function demoted(ask: Launch, runAs: RunAs): { environment: Readonly<Record<string, string>>; command: readonly string[] } {
  const variables = Object.entries(ask.environment).map(([name, value]) => `${name}=${value}`);
  return {
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    command: ["setpriv", `--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, "--clear-groups", "--no-new-privs", "--", "env", "-i", ...variables, ...ask.command],
  };
}
