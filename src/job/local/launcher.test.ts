import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/beds/eventually.ts";
import { openControlFiles, type ControlFiles } from "./control-files.ts";
import { openLauncher, type Gone, type Launcher } from "./launcher.ts";
import { linuxProcesses } from "./processes.ts";

let root: string;
let files: ControlFiles;
let launcher: Launcher;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-launcher-"));
  files = openControlFiles(join(root, "run"));
  launcher = openLauncher(files);
});
afterEach(() => {
  launcher.close();
  rmSync(root, { recursive: true, force: true });
});

/** Has a command run under the wrapper; every run appends to `ran` in its folder. */
function start(token: string, command: string, cwd = root): Promise<Gone> {
  const words = [
    files.prefix(token),
    "30",
    "1",
    join(root, `${token}.log`),
    "",
    "/usr/bin/timeout",
    "/bin/sh",
    "-c",
    `echo ran >> ${root}/${token}.ran; ${command}`,
  ];
  return new Promise((resolve) => {
    launcher.start({ token, words, cwd, environment: { PATH: "/usr/bin:/bin" } }, (_token, gone) => resolve(gone));
  });
}

const ran = (token: string) => readFileSync(join(root, `${token}.ran`), "utf8").split("\n").length - 1;
const end = (token: string) =>
  eventually(
    "the end",
    () => files.end(token),
    (marker) => marker !== null,
  );

/** The launchers of this process: Nodes that run their program. */
function launchers(): number[] {
  return linuxProcesses
    .all()
    .filter((one) => one.parent === process.pid && readFileSync(`/proc/${one.pid}/cmdline`, "utf8").includes("headgate-job"))
    .map((one) => one.pid);
}

test("tells the exit code of each, and starts one launcher for all", async () => {
  expect(await Promise.all([start("a", "exit 3"), start("b", "true")])).toEqual([
    { code: 3, error: null },
    { code: 0, error: null },
  ]);
  expect(launchers()).toHaveLength(1);
});

test("says why when a wrapper cannot be made", async () => {
  const gone = await start("a", "true", join(root, "not-there"));
  expect(gone).toEqual({ code: null, error: expect.stringContaining("ENOENT") as string });
  expect(existsSync(join(root, "a.ran"))).toBe(false);
});

test("is closed without a trace, and what runs goes on", async () => {
  void start("a", `while [ ! -e ${root}/go ]; do sleep 0.05; done; exit 4`);
  await eventually(
    "the start",
    () => files.start("a").kind,
    (kind) => kind === "started",
  );
  launcher.close();
  await eventually("launchers", launchers, (pids) => pids.length === 0);
  expect(files.end("a")).toBeNull();
  writeFileSync(join(root, "go"), "");
  expect((await end("a"))?.status).toBe(4);
});

test("a launcher that is killed loses no job and runs none twice", async () => {
  let told = false;
  void start("runs", `while [ ! -e ${root}/go ]; do sleep 0.05; done`).then(() => (told = true));
  await eventually(
    "the start",
    () => files.start("runs").kind,
    (kind) => kind === "started",
  );
  const [first] = launchers();
  const tokens = Array.from({ length: 40 }, (_, index) => `t${index}`);
  for (const token of tokens) void start(token, "true");
  linuxProcesses.signal(first ?? 0, "SIGKILL");
  await Promise.all(tokens.map(end));
  await start("last", `touch ${root}/go`);
  expect((await end("runs"))?.status).toBe(0);
  expect([...tokens, "runs"].map(ran)).toEqual([...tokens, "runs"].map(() => 1));
  // Its files tell of it; its parent, which could have, is gone.
  expect([told, launchers().includes(first ?? 0)]).toEqual([false, false]);
});
