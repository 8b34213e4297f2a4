import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot, removeEmbedded } from "#db";
import { eventually } from "../beds/eventually.ts";
import { freePorts, type PortBlock } from "../beds/ports.ts";

/** `headgate start` as people meet it: alone, twice at once, stopped by Ctrl-C with and without a job that runs. */
const MS_MAX = 120_000;
const PROGRAM = join(packageRoot, "bin", "headgate.js");

const folder = mkdtempSync(join(tmpdir(), "headgate-start-"));
const state = join(folder, "state");
let environment: Record<string, string>;
let ports: PortBlock;

beforeAll(async () => {
  ports = await freePorts(1);
  mkdirSync(state);
  // PostgreSQL's user has to be able to pass, where we are root.
  for (const path of [folder, state]) chmodSync(path, 0o711);
  environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    HEADGATE_STATE: state,
    HEADGATE_SERVER_LISTEN: `127.0.0.1:${ports.base}`,
    HEADGATE_PERSON: "maria",
    NO_COLOR: "1",
  };
});

/** Of a test that failed something may run still. */
const begun: ChildProcess[] = [];

afterAll(async () => {
  for (const child of begun.filter((one) => one.exitCode === null && one.signalCode === null)) {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
  await removeEmbedded({ stateFolder: state });
  ports.release();
  rmSync(folder, { recursive: true, force: true });
});

type Started = { readonly process: ChildProcess; said(): string; readonly end: Promise<number | null> };

function begin(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [PROGRAM, "start", "--no-install", ...args], { cwd: folder, env: environment, stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (words += chunk));
  const end = new Promise<number | null>((resolve) => child.once("close", resolve));
  begun.push(child);
  return { process: child, said: () => words, end };
}

function run(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, env: environment, encoding: "utf8", timeout: MS_MAX });
  return { code: status, stdout, stderr };
}

const isUp = (started: Started) => eventually("it to be up", started.said, (said) => said.includes("Ctrl-C"), MS_MAX);

/** Files that say somebody holds or runs something. */
const signs = () =>
  readdirSync(state, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.lock(\.|$)|(^|\/)(server\.json|keeper|postmaster\.pid)$|server\.claim/.test(name),
  );

function processes(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : "";
      return line.includes(state) ? [line] : [];
    } catch {
      return [];
    }
  });
}

describe("headgate start", () => {
  test("tells each step once, with figures that add up, and leaves no process and no lock behind", { timeout: MS_MAX }, async () => {
    const { code, stderr } = run("start", "--once", "--no-install");
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    const names = stderr.split("\n").flatMap((line) => /^ {2}(\S+(?: \S+)*) {2,}\S/.exec(line)?.[1] ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["database", "server", "demonstration", "estimate", "reserved", "running", "charged", "materials"]));
    expect(stderr).toMatch(/database +PostgreSQL 18\.\d+ \(embedded\), \d+ migrations applied +\d+(\.\d)? s\n/);
    expect(stderr).toContain("projects climate ($500.00), materials ($120.00)");
    const micros = (pattern: RegExp) => Math.round(Number(pattern.exec(stderr)?.[1]) * 1e6);
    const [reserved, charged, returned] = [micros(/reserved +\$([\d.]+)/), micros(/charged +\$([\d.]+)/), micros(/returned \$([\d.]+)/)];
    expect(reserved).toBe(charged + returned);
    expect(micros(/materials +\$([\d.]+) left of \$120\.00/)).toBe(120e6 - charged);
    expect([signs(), processes()]).toEqual([[], []]);
  });

  test("a second one uses what runs, and one that comes while it starts waits for it; Ctrl-C of the first stops all", { timeout: MS_MAX }, async () => {
    const first = begin();
    const [, second] = await Promise.all([isUp(first), eventuallyClaimed().then(() => begin("--once"))]);
    expect([await second.end, second.said()]).toEqual([0, expect.stringMatching(/server +http:\S+ +runs already \(process \d+\) and is used\n[^]*charged/)]);
    const third = begin();
    expect(await third.end).toBe(0);
    expect(third.said()).toMatch(/^(Dashboard|Server) +http:[^]*Headgate goes on in process \d+/m);
    expect(third.said()).toContain("as they were left");
    expect(run("job", "list").code).toBe(0);
    // As under npm, which passes on what the terminal has sent to everybody already.
    first.process.kill("SIGINT");
    first.process.kill("SIGINT");
    expect(await first.end).toBe(0);
    expect(first.said().trimEnd().split("\n").at(-1)).toBe("Stopped; nothing runs any more.");
    expect([signs(), processes()]).toEqual([[], []]);
  });

  test("Ctrl-C names the jobs that go on, and the next start charges them", { timeout: MS_MAX }, async () => {
    const first = begin();
    await isUp(first);
    const file = join(folder, "sleeps.yaml");
    writeFileSync(file, "command: sleep 300\ntime_limit: 5m\nproject: materials\n");
    const job = run("job", "submit", "-f", file, "-o", "json").stdout.match(/"number": "(\d+)"/)?.[1] ?? "";
    await eventually(
      "the job to run",
      () => run("job", "status", job).stdout,
      (words) => words.includes("running"),
    );
    first.process.kill("SIGINT");
    expect(await first.end).toBe(0);
    expect(first.said().trimEnd().split("\n").at(-1)).toBe(`Stopped. Job ${job} goes on; the next start finds and charges it.`);
    const next = begin();
    await isUp(next);
    // On a machine of two cores its own simulation waits for that job, and does not keep the start from going on.
    const own = /^ +Job (\d+) starts when there is room/m.exec(next.said())?.[1];
    expect(run("job", "cancel", job, ...(own === undefined ? [] : [own])).code).toBe(0);
    await eventually(
      "the job to be charged",
      () => run("job", "cost", job, "-o", "json").stdout,
      (words) => words.includes('"settled": true'),
    );
    next.process.kill("SIGINT");
    expect(await next.end).toBe(0);
  });

  test("Ctrl-C stops all in order also when it can no longer be asked what runs", { timeout: MS_MAX }, async () => {
    const started = begin();
    await isUp(started);
    rmSync(join(state, "server.json"));
    started.process.kill("SIGINT");
    expect(await started.end).toBe(0);
    expect(started.said().trimEnd().split("\n").at(-1)).toBe("Stopped. Jobs that ran go on, if any did; the next start finds and charges them.");
    expect([signs(), processes()]).toEqual([[], []]);
  });
});

/** The first start has taken the state folder and does not answer yet. */
async function eventuallyClaimed(): Promise<void> {
  await eventually(
    "the state folder to be taken",
    () => readdirSync(state),
    (names) => names.some((name) => name.startsWith("server.lock.")),
  );
}
