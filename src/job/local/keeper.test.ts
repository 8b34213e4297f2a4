import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/beds/eventually.ts";
import { openControlFiles, type ControlFiles } from "./control-files.ts";
import { openKeeper } from "./keeper.ts";
import { isAlive, linuxProcesses, type ProcessId } from "./processes.ts";
import { KEEPER } from "./wrapper.ts";

let root: string;
let files: ControlFiles;
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-keeper-"));
  files = openControlFiles(join(root, "run"));
});
afterEach(() => {
  for (const child of children.splice(0)) if (child.pid !== undefined) linuxProcesses.signal(-child.pid, "SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

/** A process that stands for a wrapper, with its start marker. */
function sleeper(token: string): ProcessId {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  children.push(child);
  const facts = linuxProcesses.read(child.pid ?? 0);
  if (facts === null) throw new Error("sleep did not start");
  writeFileSync(`${files.prefix(token)}.start`, `${facts.pid} ${facts.startTicks} 1.0\n`);
  return facts;
}

/** The keeper with a shorter beat than in earnest, for a worker that is gone. */
function keeperWithoutWorker(): ProcessId {
  const child = spawn("/bin/sh", ["-c", KEEPER, "keeper", files.folder, "0.05", "999999999", "1"], { detached: true, stdio: "ignore" });
  children.push(child);
  const facts = linuxProcesses.read(child.pid ?? 0);
  if (facts === null) throw new Error("the keeper did not start");
  return facts;
}

test("a running attempt is beaten for, without any worker; one that ended, or whose id another process has, is not", async () => {
  sleeper("running");
  const other = sleeper("other");
  writeFileSync(`${files.prefix("other")}.start`, `${other.pid} ${other.startTicks - 1n} 1.0\n`);
  sleeper("ended");
  writeFileSync(`${files.prefix("ended")}.end`, "0 1.0 1\n");
  writeFileSync(`${files.prefix("half")}.start`, "");
  keeperWithoutWorker();
  const first = await eventually(
    "a first beat",
    () => files.beat("running"),
    (beat) => beat !== null,
  );
  await eventually(
    "another beat",
    () => files.beat("running"),
    (beat) => beat !== null && beat > (first ?? 0),
  );
  expect([files.beat("other"), files.beat("ended"), files.beat("half")]).toEqual([null, null, null]);
});

test("the keeper goes by itself when nothing runs and its worker is gone", async () => {
  const job = sleeper("running");
  const keeper = keeperWithoutWorker();
  await eventually(
    "a beat",
    () => files.beat("running"),
    (beat) => beat !== null,
  );
  expect(isAlive(linuxProcesses, keeper)).toBe(true);
  linuxProcesses.signal(job.pid, "SIGKILL");
  await eventually(
    "its end",
    () => isAlive(linuxProcesses, keeper),
    (alive) => !alive,
  );
});

test("one keeper serves a folder, is found again by the next worker, and can be stopped at once", () => {
  const keeper = openKeeper(files, linuxProcesses);
  keeper.ensure();
  keeper.ensure();
  const [pid, ticks] = readFileSync(join(files.folder, "keeper"), "utf8").split(" ");
  const id = { pid: Number(pid), startTicks: BigInt(ticks ?? 0) };
  expect(isAlive(linuxProcesses, id)).toBe(true);
  const next = openKeeper(files, linuxProcesses);
  next.ensure();
  expect(readFileSync(join(files.folder, "keeper"), "utf8").split(" ")[0]).toBe(pid);
  next.stop();
  expect(existsSync(join(files.folder, "keeper"))).toBe(false);
  return eventually(
    "its end",
    () => isAlive(linuxProcesses, id),
    (alive) => !alive,
  );
});
