import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { instant } from "#kernel";
import { openControlFiles, type ControlFiles } from "./control-files.ts";

let root: string;
let files: ControlFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-control-"));
  files = openControlFiles(join(root, "run"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(files.folder, name), text);

test("only its owner may look into the folder: a job that runs as somebody else cannot write its own outcome", () => {
  expect(statSync(files.folder).mode & 0o777).toBe(0o700);
});

test.each([
  ["nothing", null, "none"],
  ["created and not yet written", "", "partial"],
  ["cut off", "123 45", "partial"],
  ["without its end of line", "123 456 78.90", "partial"],
  ["revoked", "revoked\n", "revoked"],
  ["whole", "123 456 78.90\n", "started"],
])("a start marker that is %s", (_what, text, kind) => {
  if (text !== null) write("t.start", text);
  expect(files.start("t").kind).toBe(kind);
});

test("a whole marker says which process, and when by both clocks", () => {
  write("t.start", "123 456 78.90\n");
  expect(files.start("t")).toMatchObject({ pid: 123, startTicks: 456n, uptimeMs: 78_900 });
});

test.each([
  ["nothing", null],
  ["cut off", "0 12"],
  ["without its end of line", "0 12.34 99"],
  ["something else", "hello\n"],
])("an outcome that is %s is none", (_what, text) => {
  if (text !== null) write("t.end", text);
  expect(files.end("t")).toBeNull();
});

test("a whole outcome says status, group and both times", () => {
  write("t.end", "137 12.34 99\n");
  expect(files.end("t")).toMatchObject({ status: 137, uptimeMs: 12_340, group: 99 });
});

test("what is forgotten is gone, but for a marker that has to stay", () => {
  for (const end of ["start", "end", "beat"]) write(`t.${end}`, "");
  files.forget("t", true);
  expect([files.start("t").kind, files.beat("t")]).toEqual(["partial", null]);
  files.forget("t", false);
  expect(files.start("t").kind).toBe("none");
});

test("old revoked markers go, young ones and those of processes stay", () => {
  files.revoke("old");
  files.revoke("young");
  write("ran.start", "1 2 3.0\n");
  for (const name of ["old", "ran"]) utimesSync(join(files.folder, `${name}.start`), 1_000, 1_000);
  expect(files.forgetRevoked(instant(2_000_000))).toBe(1);
  expect(["old", "young", "ran"].map((token) => files.start(token).kind)).toEqual(["none", "revoked", "started"]);
});
