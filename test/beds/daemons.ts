import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, openSync, closeSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Marks every process of a bed, so that what a daemon left behind is found by its environment and never by its name. */
const MARK = "TEST_BED_FOLDER";

/** A daemon that is told to stop and does not within this time is killed. slurmd takes some seconds. */
const STOP_MS_MAX = 15_000;

type Daemon = { readonly name: string; readonly pid: number; readonly child: ChildProcess; readonly ended: Promise<void> };

export type Daemons = {
  /** Starts a program in its own session; its words go to `log/<name>.out`. */
  start(name: string, argv: readonly [string, ...string[]], env?: Readonly<Record<string, string>>): number;
  /** Asks again until `ready` says true; fails with the daemons' last words when the time is over or one of them has ended. */
  waitFor(what: string, timeoutMs: number, ready: () => Promise<boolean>): Promise<void>;
  /** The process of a daemon that runs, or null. */
  pid(name: string): number | null;
  /** kill -9: it is gone when this resolves. */
  kill(name: string): Promise<void>;
  stop(names: readonly string[]): Promise<void>;
  /** Stops everything, last started first, and then kills whatever carries this bed's mark. */
  stopAll(): Promise<void>;
};

export function daemonsOf(folder: string): Daemons {
  const running = new Map<string, Daemon>();
  const log = (name: string) => join(folder, "log", `${name}.out`);

  function start(name: string, argv: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}): number {
    const out = openSync(log(name), "a");
    const child = spawn(argv[0], argv.slice(1), { detached: true, stdio: ["ignore", out, out], env: { ...process.env, ...env, [MARK]: folder } });
    closeSync(out);
    if (child.pid === undefined) throw new Error(`${argv[0]} cannot be started`);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    // A bed that nobody takes down must not keep its program from ending; whoever waits for an end says so by ref().
    child.unref();
    running.set(name, { name, pid: child.pid, child, ended });
    void ended.then(() => {
      // Another of this name may have been started meanwhile.
      if (running.get(name)?.pid === child.pid) running.delete(name);
    });
    return child.pid;
  }

  async function waitFor(what: string, timeoutMs: number, ready: () => Promise<boolean>): Promise<void> {
    const expected = [...running.keys()];
    const until = performance.now() + timeoutMs;
    while (performance.now() < until) {
      if (await ready()) return;
      const gone = expected.filter((name) => !running.has(name));
      if (gone.length > 0) throw new Error(`no ${what}: ${gone.join(", ")} ended. ${lastWords(folder)}`);
      await delay(100);
    }
    throw new Error(`no ${what} within ${timeoutMs / 1000} s. ${lastWords(folder)}`);
  }

  async function stop(names: readonly string[]): Promise<void> {
    const daemons = names.flatMap((name) => running.get(name) ?? []);
    // All are told at once, because some take seconds to leave; then each is waited for.
    for (const daemon of daemons) {
      daemon.child.ref();
      signal(daemon.pid, "SIGTERM");
    }
    await Promise.all(
      daemons.map(async (daemon) => {
        const abort = new AbortController();
        const late = delay(STOP_MS_MAX, "late", { signal: abort.signal }).catch(() => "stopped");
        if ((await Promise.race([daemon.ended, late])) === "late") signal(daemon.pid, "SIGKILL");
        abort.abort();
        await daemon.ended;
      }),
    );
  }

  async function kill(name: string): Promise<void> {
    const daemon = running.get(name);
    if (daemon === undefined) return;
    daemon.child.ref();
    signal(daemon.pid, "SIGKILL");
    await daemon.ended;
  }

  return {
    start,
    waitFor,
    pid: (name) => running.get(name)?.pid ?? null,
    kill,
    stop,
    async stopAll() {
      await stop([...running.keys()].reverse());
      killMarked(folder);
    },
  };
}

/**
 * Kills every process that carries the mark of this folder or works in it: jobs are started with an environment of their own, and outlive who
 * started them.
 */
export function killMarked(folder: string): void {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    if (environmentOf(entry).includes(`${MARK}=${folder}`) || worksIn(entry, folder)) signal(Number(entry), "SIGKILL");
  }
}

function worksIn(pid: string, folder: string): boolean {
  try {
    const where = readlinkSync(`/proc/${pid}/cwd`);
    return where === folder || where.startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    // It ended meanwhile, or belongs to the kernel or to somebody else.
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The last lines of the bed's logs, for the message of a failure. */
function lastWords(folder: string): string {
  const logs = join(folder, "log");
  if (!existsSync(logs)) return "";
  return readdirSync(logs)
    .map((file) => ({ file, text: readFileSync(join(logs, file), "utf8").trimEnd() }))
    .filter(({ text }) => text !== "")
    .map(({ file, text }) => `\n== ${file}\n${text.split("\n").slice(-6).join("\n")}`)
    .join("");
}
