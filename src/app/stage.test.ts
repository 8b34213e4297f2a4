import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gzipSync } from "node:zlib";
import { mib, seconds } from "#kernel";
import { checkRunParameters } from "./app.ts";
import { observeRun } from "./observe.ts";
import { probe } from "./probe.ts";
import { renderRun, type RunFile, type RunPlan } from "./render.ts";
import { sampleApp } from "./test-sample.ts";
import { layOutRun } from "./stage.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "headgate-stage-"));
  mkdirSync(join(base, "work"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function planWith(files: readonly RunFile[], checks: RunPlan["checks"] = []): RunPlan {
  const app = sampleApp();
  return {
    ...renderRun(app, { case: null, values: checkRunParameters(app, null, {}).values!, cores: 1, memory: mib(1), timeLimit: seconds(1) }),
    files,
    checks,
  };
}

const work = (...path: string[]) => join(base, "work", ...path);

describe("laying out a run", () => {
  test("writes texts, copies installed and given files, and makes the folders between", async () => {
    writeFileSync(join(base, "installed.dat"), "from a package");
    writeFileSync(join(base, "mine.xyz"), "given");
    await layOutRun(
      planWith([
        { kind: "text", path: "a/b/input.txt", text: "x = 1\n" },
        { kind: "installed", path: "pseudo/Si.UPF", from: join(base, "installed.dat"), packages: [] },
        { kind: "given", path: "in.xyz", from: join(base, "mine.xyz"), parameter: "structure" },
      ]),
      work(),
    );
    expect(["a/b/input.txt", "pseudo/Si.UPF", "in.xyz"].map((path) => readFileSync(work(path), "utf8"))).toEqual(["x = 1\n", "from a package", "given"]);
  });

  test("unpacks an installed file of which only the .gz is there", async () => {
    writeFileSync(join(base, "big.inp.gz"), gzipSync("unpacked"));
    await layOutRun(planWith([{ kind: "installed", path: "big.inp", from: join(base, "big.inp"), packages: [] }]), work());
    expect(readFileSync(work("big.inp"), "utf8")).toBe("unpacked");
  });

  test("a file that its package did not bring is named with the package, and with dpkg's way of leaving out documentation", async () => {
    const absent = (from: string) => layOutRun(planWith([{ kind: "installed", path: "x", from, packages: ["some-data"] }]), work());
    await expect(absent(join(base, "absent"))).rejects.toMatchObject({ code: "app.needs-missing", fix: "Install some-data." });
    await expect(absent("/usr/share/doc/headgate-absent/x")).rejects.toMatchObject({
      fix: "Install some-data; if it is installed, this machine leaves out documentation (dpkg path-exclude).",
    });
  });

  test("given files can be left to the caller, and what the system refuses is a problem", async () => {
    const plan = planWith([{ kind: "given", path: "in.xyz", from: join(base, "absent.xyz"), parameter: "structure" }]);
    await expect(layOutRun(plan, work(), { given: false })).resolves.toBeUndefined();
    await expect(layOutRun(plan, work())).rejects.toMatchObject({ code: "app.run-failed" });
  });
});

describe("observing a run", () => {
  const checks: RunPlan["checks"] = [
    { name: "sum", definition: { kind: "number", in: "log", pattern: "(?<value>x)", take: "last", optional: false }, expected: [] },
    { name: "other", definition: { kind: "contains", in: "notes.txt", text: "x" }, expected: [] },
    { name: "gone", definition: { kind: "contains", in: "absent.txt", text: "x" }, expected: [] },
    { name: "file", definition: { kind: "file", path: "out.bin", min_bytes: 1 }, expected: [] },
    { name: "digest", definition: { kind: "sha256", path: "out.sam", optional: false }, expected: [] },
    { name: "folder", definition: { kind: "file", path: "results", min_bytes: 1 }, expected: [] },
  ];

  test("reads what the plan asks for and nothing else; what is not there, or is no file, is null", async () => {
    writeFileSync(join(base, "log"), "the log\n");
    writeFileSync(work("notes.txt"), "notes\n");
    writeFileSync(work("out.bin"), "12345");
    writeFileSync(work("out.sam"), "sam");
    mkdirSync(work("results"));
    expect(await observeRun(planWith([], checks), { folder: work(), log: join(base, "log") }, { exitCode: 0, signal: null })).toEqual({
      exitCode: 0,
      signal: null,
      texts: { "log": "the log\n", "notes.txt": "notes\n", "absent.txt": null },
      files: { "out.bin": { bytes: 5, sha256: null }, "out.sam": { bytes: 3, sha256: createHash("sha256").update("sam").digest("hex") }, "results": null },
    });
  });

  test("of a log of any length the beginning and the end are read, in whole lines", async () => {
    const line = `${"x".repeat(99)}\n`;
    writeFileSync(join(base, "log"), `version 1\n${line.repeat(200_000)}total = 5\n`);
    const { texts } = await observeRun(planWith([], checks), { folder: work(), log: join(base, "log") }, { exitCode: 0, signal: null });
    const log = texts["log"]!;
    expect(log.length).toBeLessThan(16 * 1024 * 1024 + 1);
    expect(log.startsWith("version 1\n")).toBe(true);
    expect(log.endsWith("total = 5\n")).toBe(true);
    expect(new Set(log.split("\n").map((one) => one.length))).toEqual(new Set([0, 9, 99]));
  });
});

test("programs are found on the PATH and files where packages put them, packed ones too", () => {
  writeFileSync(join(base, "adder"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(base, "reader"), "", { mode: 0o644 });
  writeFileSync(join(base, "data.gz"), "");
  const need = (kind: "program" | "file", name: string) => ({ kind, name, packages: [] });
  const found = probe(
    [need("program", "adder"), need("program", "reader"), need("program", "gone"), need("file", join(base, "data")), need("file", join(base, "gone"))],
    `relative:${base}`,
  );
  expect([...found.programs]).toEqual([["adder", join(base, "adder")]]);
  expect([...found.files]).toEqual([[join(base, "data"), join(base, "data.gz")]]);
});
