import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLog } from "./log.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-log-"));
const path = join(folder, "log");

async function read(): Promise<string> {
  const ask = { path, offset: 0, tailBytes: null, follow: false, signal: new AbortController().signal, number: "1", isOver: () => Promise.resolve(true) };
  let text = "";
  for await (const bytes of readLog({ ...ask, db: { listen: () => Promise.reject(new Error("nobody follows")) } })) text += Buffer.from(bytes).toString();
  return text;
}

test("a log is read as it is", async () => {
  writeFileSync(path, "hello\n");
  expect(await read()).toBe("hello\n");
});

test.each<[string, () => void]>([
  ["a link to another file", () => symlinkSync("/etc/hostname", path)],
  ["a pipe that nobody writes", () => execFileSync("mkfifo", [path])],
  ["a folder", () => mkdirSync(path)],
])("%s in place of a log is not read, and holds nobody", async (_what, put) => {
  rmSync(path, { force: true, recursive: true });
  put();
  await expect(read()).rejects.toMatchObject({ code: "job.no-log" });
});
