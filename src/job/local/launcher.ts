import { spawn, type ChildProcess } from "node:child_process";
import type { ControlFiles } from "./control-files.ts";
import { WRAPPER } from "./wrapper.ts";

/*
 * The process that starts the wrappers. A fork copies the page tables of whoever forks, and Node waits until the child has become another program:
 * from a worker of 150 MB one start took 3.4 ms of its only thread (and 1.5 ms of processor time), from a small Node 0.4 ms of processor time and nobody
 * waits. So the worker asks a Node that has loaded nothing. It goes when the worker goes; what it has started stays, as it would have anyway.
 */

/** A wrapper to be started: its arguments after the name it is known by, its working folder and its whole environment. */
export type Wrapper = {
  readonly token: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** How a wrapper went, as far as its parent can see: its exit code, or why there is none. */
export type Gone = { readonly code: number | null; readonly error: string | null };
export type OnGone = (token: string, gone: Gone) => void;

export type Launcher = {
  /** Has a wrapper started, and tells when it has ended or could not be made. */
  start(wrapper: Wrapper, onGone: OnGone): void;
  /** What runs goes on, and is not told of any more. The launcher comes back when it is asked again. */
  close(): void;
};

/** A launcher that dies is started again; one request is not tried more often than this, because it may be what kills it. */
const TRIES_MAX = 3;

type Order = { readonly id: number; readonly wrapper: Wrapper };
type Report = Gone & { readonly id: number };

/** What the launcher runs: its text is handed to `node --eval`, so it uses nothing from outside itself. The shell program is its first argument. */
function program(): void {
  const { spawn: run } = process.getBuiltinModule("node:child_process");
  const report = (words: Report) => {
    if (process.connected) process.send?.(words);
  };
  process.on("message", ({ id, wrapper }: Order) => {
    const words = ["-c", process.argv[1] ?? "", "headgate-job", ...wrapper.words];
    const child = run("/bin/sh", words, { cwd: wrapper.cwd, detached: true, stdio: "ignore", env: wrapper.environment });
    child.once("error", (error) => report({ id, code: null, error: error.message }));
    child.once("exit", (code) => report({ id, code, error: null }));
  });
  process.once("disconnect", () => process.exit(0));
}

const PROGRAM = `(${program.toString()})()`;

type Request = { readonly order: Order; readonly onGone: OnGone; tries: number };

/** `files` say which wrappers have come, when a launcher has died without a word about them. */
export function openLauncher(files: Pick<ControlFiles, "start">): Launcher {
  const open = new Map<number, Request>();
  let child: ChildProcess | null = null;
  let lastId = 0;

  function begin(): ChildProcess {
    const fresh = spawn(process.execPath, ["--eval", PROGRAM, WRAPPER], { cwd: "/", detached: true, stdio: ["ignore", "ignore", "ignore", "ipc"], env: {} });
    const over = (words: string) => {
      if (child !== fresh) return;
      child = null;
      startAgain(words);
    };
    fresh.on("message", (message) => hear(message as Report));
    fresh.once("error", (error) => over(error.message));
    fresh.once("exit", (code, signal) => over(`it ended with ${signal ?? code}`));
    fresh.unref();
    fresh.channel?.unref();
    return fresh;
  }

  function hear({ id, code, error }: Report): void {
    const request = open.get(id);
    if (request === undefined) return;
    open.delete(id);
    // When it was asked for twice, the second wrapper ends at once and its exit code says nothing of the first.
    const gone = request.tries === 1 ? { code, error } : { code: null, error: error ?? "the process that started it was ended" };
    request.onGone(request.order.wrapper.token, gone);
  }

  /** Asking again is harmless: a wrapper that finds its start marker made by another does nothing. */
  function startAgain(words: string): void {
    for (const [id, request] of open) {
      const { token } = request.order.wrapper;
      if (files.start(token).kind !== "none") open.delete(id);
      else if (request.tries < TRIES_MAX) send(request);
      else {
        open.delete(id);
        request.onGone(token, { code: null, error: `the process that starts jobs cannot be kept alive: ${words}` });
      }
    }
  }

  function send(request: Request): void {
    request.tries += 1;
    child ??= begin();
    // A channel that has just broken is told by the launcher's end, which asks again.
    child.send(request.order, () => undefined);
  }

  return {
    start: (wrapper, onGone) => {
      lastId += 1;
      const request = { order: { id: lastId, wrapper }, onGone, tries: 0 };
      open.set(lastId, request);
      send(request);
    },
    close: () => {
      const closing = child;
      child = null;
      open.clear();
      if (closing?.connected === true) closing.disconnect();
    },
  };
}
