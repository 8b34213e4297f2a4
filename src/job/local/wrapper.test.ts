import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mib, milliseconds, seconds } from "#kernel";
import { eventually } from "../../../test/beds/eventually.ts";
import { timeoutOf } from "../dispatch/watch-tasks.ts";
import { openControlFiles, type ControlFiles, type EndMarker } from "./control-files.ts";
import { attemptFolder, launch, type Launch } from "./launch.ts";
import { openLauncher, type Launcher } from "./launcher.ts";
import { NO_FENCE, openMemoryFence } from "./memory-fence.ts";
import { isAlive, leftovers, linuxProcesses } from "./processes.ts";

let root: string;
let files: ControlFiles;
let launcher: Launcher;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-wrapper-"));
  files = openControlFiles(join(root, "run"));
  launcher = openLauncher(files);
});
afterEach(() => {
  launcher.close();
  rmSync(root, { recursive: true, force: true });
});

type Options = Partial<Pick<Launch, "timeLimit" | "grace" | "environment" | "memory">> & { token?: string; fence?: typeof NO_FENCE };
type Run = { token: string; end: EndMarker | null; wrapperCode: number | null; gone: Promise<void> };

/** Starts a command under the wrapper; `begun` waits for its start marker by way of the command's own first act. */
function start(command: readonly string[], options: Options = {}): Run {
  const token = options.token ?? "t1";
  const run: Run = { token, end: null, wrapperCode: null, gone: Promise.resolve() };
  const ask: Launch = {
    token,
    command,
    folder: { ...attemptFolder(root), work: root },
    environment: { PATH: process.env["PATH"] ?? "", HEADGATE_ATTEMPT: token, ...options.environment },
    timeLimit: options.timeLimit ?? seconds(30),
    grace: options.grace ?? milliseconds(300),
    memory: options.memory ?? mib(64),
    runAs: null,
  };
  run.gone = new Promise((resolve) => {
    void launch(ask, { files, fence: options.fence ?? NO_FENCE, launcher }, (_token, { code }) => {
      run.wrapperCode = code;
      run.end = files.end(token);
      resolve();
    });
  });
  return run;
}

/** The process id of the wrapper, once its `timeout` waits: before, TERM can hit the moment in which it has forked and not noted the job. */
async function settled(token = "t1"): Promise<{ pid: number; startTicks: bigint }> {
  const begun = files.start(token);
  if (begun.kind !== "started") throw new Error("not started");
  await eventually(
    "timeout waits for its job",
    () => timeoutOf(linuxProcesses, begun.pid),
    (found) => found !== undefined,
  );
  return begun;
}

const log = () => readFileSync(join(root, "log"), "utf8");
const sh = (text: string) => ["/bin/sh", "-c", text];

/** Resolves when the job has written `name` into its folder: an event of the file system, not a pause. */
async function written(name: string): Promise<string> {
  const until = performance.now() + 10_000;
  for (;;) {
    try {
      const text = readFileSync(join(root, name), "utf8");
      if (text.endsWith("\n")) return text.trim();
    } catch {
      // Not there yet.
    }
    if (performance.now() > until) throw new Error(`${name} was never written`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the wrapper", () => {
  test("keeps the exit code, the log and both times", async () => {
    const run = start(sh("echo out; echo err >&2; exit 3"));
    await run.gone;
    expect(run.end?.status).toBe(3);
    expect(log()).toBe("out\nerr\n");
    const begun = files.start("t1");
    expect(begun.kind).toBe("started");
    if (begun.kind !== "started") return;
    expect(run.end!.wallMs).toBeGreaterThanOrEqual(begun.wallMs);
    expect(run.end!.uptimeMs).toBeGreaterThanOrEqual(begun.uptimeMs);
  });

  test("gives arguments to the command untouched, whatever they hold", async () => {
    const nasty = ["$(touch pwned)", "`id`", "a'b\"c", "; exit 9", "*", "\\", "new\nline", ""];
    const run = start(["printf", "<%s>", ...nasty]);
    await run.gone;
    expect(log()).toBe(nasty.map((word) => `<${word}>`).join(""));
    expect(run.end?.status).toBe(0);
  });

  test("keeps the signal that ended the command", async () => {
    const run = start(sh("kill -SEGV $$"));
    await run.gone;
    expect(run.end?.status).toBe(128 + 11);
  });

  test("says 127 for a program that is not there", async () => {
    const run = start(["/nowhere/program"]);
    await run.gone;
    expect(run.end?.status).toBe(127);
  });

  test("ends a command at its time limit, and one that ignores TERM after the grace", async () => {
    const polite = start(sh("exec sleep 60"), { timeLimit: seconds(1), token: "polite" });
    const stubborn = start(sh("trap '' TERM; while :; do :; done"), { timeLimit: seconds(1), token: "stubborn" });
    await Promise.all([polite.gone, stubborn.gone]);
    expect(polite.end?.status).toBe(124);
    expect(stubborn.end?.status).toBe(137);
    const begun = files.start("stubborn");
    expect(begun.kind === "started" && stubborn.end!.wallMs - begun.wallMs).toBeGreaterThanOrEqual(1_250);
  });

  test("TERM to the wrapper reaches the command, gives it the grace, and its own exit code counts", async () => {
    const run = start(sh("trap 'echo asked; exit 5' TERM; echo $$ > ready; while :; do sleep 0.01; done"));
    await written("ready");
    process.kill((await settled()).pid, "SIGTERM");
    await run.gone;
    expect(run.end?.status).toBe(5);
    expect(log()).toContain("asked\n");
  });

  test("TERM to the wrapper kills a command that ignores it after the grace", async () => {
    const run = start(sh("trap '' TERM; echo $$ > ready; while :; do :; done"));
    await written("ready");
    process.kill((await settled()).pid, "SIGTERM");
    await run.gone;
    expect(run.end?.status).toBe(137);
  });

  test("does nothing when recovery has taken the start marker, and recovery loses when the wrapper was first", async () => {
    expect(files.revoke("t1")).toBe(true);
    const late = start(sh("echo ran > ran"));
    await late.gone;
    expect(late.wrapperCode).toBe(0);
    expect(late.end).toBeNull();
    expect(() => readFileSync(join(root, "ran"))).toThrow("ENOENT");
    expect(files.start("t1").kind).toBe("revoked");

    const first = start(sh("exit 0"), { token: "t2" });
    await first.gone;
    expect(files.revoke("t2")).toBe(false);
    expect(files.start("t2").kind).toBe("started");
  });

  test("of many wrappers and recoveries that race for one marker exactly one wins", async () => {
    for (let round = 0; round < 5; round += 1) {
      const token = `race${round}`;
      const runs = Array.from({ length: 4 }, () => start(sh(`echo x >> ran${round}`), { token }));
      const recovered = files.revoke(token);
      await Promise.all(runs.map((run) => run.gone));
      const ran = (() => {
        try {
          return readFileSync(join(root, `ran${round}`), "utf8").length / 2;
        } catch {
          return 0;
        }
      })();
      expect(ran + Number(recovered)).toBe(1);
    }
  });

  test("runs in a session of its own, known by process id and start time", async () => {
    const run = start(sh("echo $$ > ready; exec sleep 60"));
    await written("ready");
    const begun = await settled();
    expect(linuxProcesses.read(begun.pid)).toMatchObject({ session: begun.pid, startTicks: begun.startTicks });
    expect(isAlive(linuxProcesses, begun)).toBe(true);
    expect(isAlive(linuxProcesses, { pid: begun.pid, startTicks: begun.startTicks + 1n })).toBe(false);
    process.kill(begun.pid, "SIGTERM");
    await run.gone;
    expect(isAlive(linuxProcesses, begun)).toBe(false);
  });

  test("what a command leaves running in the background is found by its session", async () => {
    const run = start(sh("sleep 60 & echo $! > ready; exit 0"));
    await run.gone;
    const child = Number(await written("ready"));
    const begun = files.start("t1");
    if (begun.kind !== "started") throw new Error("not started");
    const wrappers = (token: string) => new Map([[begun.pid, { token, startTicks: begun.startTicks }]]);
    expect(leftovers(linuxProcesses, wrappers("t1")).map((one) => one.pid)).toContain(child);
    expect(leftovers(linuxProcesses, wrappers("somebody else"))).toEqual([]);
    process.kill(child, "SIGKILL");
  });

  test("memory beyond the reservation ends the command, where the system lets us", async (context) => {
    const fence = await openMemoryFence(root);
    if (!fence.enforced) context.skip(`memory limits: ${fence.words}`);
    const run = start(sh("tail /dev/zero"), { fence, memory: mib(48) });
    await run.gone;
    expect(fence.kills("t1")).toBeGreaterThan(0);
    fence.lower("t1");
    expect(fence.standing()).not.toContain("t1");
  });

  test("the limits of another installation on the machine are not its own", async (context) => {
    const [fence, other] = [await openMemoryFence(root), await openMemoryFence(`${root}/other`)];
    if (!fence.enforced) context.skip(`memory limits: ${fence.words}`);
    await fence.raise("t1", mib(48));
    expect([fence.standing(), other.standing()]).toEqual([["t1"], []]);
    other.lower("t1");
    expect(fence.standing()).toEqual(["t1"]);
    fence.lower("t1");
  });

  test("where the memory limit cannot be entered nothing begins: no start marker, and an exit code that its parent sees", async () => {
    const fence = { ...NO_FENCE, raise: () => Promise.resolve(join(root, "no-such-group", "cgroup.procs")) };
    const run = start(sh("touch ran"), { fence });
    await run.gone;
    expect(run.wrapperCode).toBe(71);
    expect(files.start("t1").kind).toBe("none");
    expect(existsSync(join(root, "ran"))).toBe(false);
  });
});
