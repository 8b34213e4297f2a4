import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lock } from "./lock.mjs";

const place = () => join(mkdtempSync(join(tmpdir(), "headgate-lock-")), "install.lock");
const SECONDS_MAX = 30;

test("a second caller is told to wait, and gets the lock when the first lets go; then it is gone", async () => {
  const path = place();
  const first = await lock(path, { secondsMax: SECONDS_MAX, onWait: () => expect.unreachable("nobody has it") });
  let waited: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => (waited = resolve));
  const second = lock(path, { secondsMax: SECONDS_MAX, onWait: () => waited() });
  await waits;
  first.release();
  (await second).release();
  expect(existsSync(path)).toBe(false);
});

test("a program that inherited it keeps it when its starter is killed, and nobody has to believe a pid", async () => {
  const path = place();
  const module = JSON.stringify(join(import.meta.dirname, "lock.mjs"));
  const program = `const { lock } = await import(${module});
    const { descriptor } = await lock(${JSON.stringify(path)}, { secondsMax: 10, onWait: () => undefined });
    const { spawn } = await import("node:child_process");
    const child = spawn("sleep", ["300"], { stdio: ["ignore", "ignore", "ignore", descriptor] });
    console.log(child.pid);
    setInterval(() => undefined, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = await new Promise<number>((resolve) => starter.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))));
  starter.kill("SIGKILL");
  await new Promise((resolve) => starter.once("close", resolve));
  await expect(lock(path, { secondsMax: 0.2, onWait: () => undefined })).rejects.toThrow(/another process has held/);
  process.kill(pid, "SIGKILL");
  (await lock(path, { secondsMax: SECONDS_MAX, onWait: () => undefined })).release();
});
