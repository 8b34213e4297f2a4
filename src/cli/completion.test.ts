import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { complete, completionText, type Values } from "./completion.ts";
import { cli, ROOT } from "./testing/line.ts";
import { COMMANDS } from "./tree.ts";

const values: Values = (hint) =>
  Promise.resolve(
    hint === "case"
      ? [
          { word: "a/b", brief: "a case" },
          { word: "c/d", brief: "" },
        ]
      : hint === "job"
        ? [{ word: "1841", brief: "x" }]
        : [],
  );

async function offered(line: string): Promise<readonly string[] | string> {
  const completion = await complete(COMMANDS, line.split(" "), values);
  return completion.kind === "words" ? completion.proposals.map(({ word }) => word) : completion.kind;
}

describe("what may stand at the end of a line", () => {
  test.each([
    ["j", ["job"]],
    ["job su", ["submit"]],
    ["-o json job su", ["submit"]],
    ["-o j", ["json"]],
    ["job list --output=", ["--output=table", "--output=json", "--output=yaml"]],
    ["job list --st", ["--state"]],
    ["job list --state x --st", []],
    ["job submit ", ["a/b", "c/d"]],
    ["job submit -p x c", ["c/d"]],
    ["job submit a/b ", []],
    ["job cancel 1 ", ["1841"]],
    ["job status ", ["1841"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["completion b", ["bash"]],
    ["help job su", ["submit"]],
    ["nonsense ", []],
  ])("headgate %s", async (line, expected) => {
    expect(await offered(line)).toEqual(expected);
  });

  test("files and folders are left to the shell", async () => {
    expect(await offered("job submit -f ")).toBe("files");
    expect(await offered("app validate ")).toBe("folders");
    expect(await offered("job submit --file=x")).toBe("files");
  });

  test("flags are offered until they are given, lists for ever", async () => {
    const flags = await offered("job submit -s x=1 --project y --");
    expect(flags).toContain("--set");
    expect(flags).toContain("--dry-run");
    expect(flags).not.toContain("--project");
  });

  test("after two dashes there are only arguments", async () => {
    expect(await offered("job submit -- -")).toEqual([]);
  });

  test("the program answers in lines: what to do, then a word with what it is", async () => {
    expect(
      completionText({
        kind: "words",
        proposals: [
          { word: "job", brief: "sends\njobs" },
          { word: "x", brief: "" },
        ],
      }),
    ).toBe("words\njob\tsends jobs\nx\n");
    const { code, stdout } = await cli(["__complete", "app", "inf"]);
    expect([code, stdout]).toEqual([0, "words\ninfo\tshow a code's parameters, cases, results and what it needs\n"]);
  });

  test("without a server there are no job numbers, and no noise either", async () => {
    expect(await cli(["__complete", "job", "status", ""])).toEqual({ code: 0, stdout: "words\n", stderr: "" });
  });
});

/** A folder with a `headgate` in it, for shells to find. */
function programFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-shells-"));
  writeFileSync(join(folder, "headgate"), `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "bin", "headgate.js")}" "$@"\n`);
  chmodSync(join(folder, "headgate"), 0o755);
  return folder;
}

function shell(program: string, args: readonly string[]): string[] {
  const folder = programFolder();
  const text = execFileSync(program, args, { encoding: "utf8", env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, TERM: "dumb" }, timeout: 30_000 });
  return text.split("\n").filter((line) => line !== "");
}

const script = (name: string) => join(ROOT, "share", "completions", `headgate.${name}`);

describe("in the shells themselves", () => {
  test("bash", () => {
    const ask = (words: readonly string[]) =>
      shell("/bin/bash", [
        "--norc",
        "-c",
        `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _headgate; printf '%s\\n' "\${COMPREPLY[@]}"`,
        "bash",
        script("bash"),
        "headgate",
        ...words,
      ]);
    expect(ask(["job", "su"])).toEqual(["submit"]);
    expect(ask(["completion", ""])).toEqual(["bash", "zsh", "fish"]);
    expect(ask(["job", "list", "--sta"])).toEqual(["--state"]);
  });

  test.skipIf(!existsSync("/usr/bin/zsh"))("zsh", () => {
    // _describe is part of zsh's completion system, which wants a terminal; what it is given is what would be offered.
    const ask = (words: readonly string[]) =>
      shell("/usr/bin/zsh", [
        "-f",
        "-c",
        `compdef() { :; }; _describe() { print -l -- "\${(@P)2}"; }; source "$1"; shift; words=("$@"); CURRENT=$#; _headgate`,
        "zsh",
        script("zsh"),
        "headgate",
        ...words,
      ]);
    expect(ask(["job", "su"])).toEqual(["submit:send a job: reserve the most it can cost, queue it, print its number"]);
    expect(ask(["completion", "z"])).toEqual(["zsh"]);
  });

  test.skipIf(!existsSync("/usr/bin/fish"))("fish", () => {
    const ask = (line: string) => shell("/usr/bin/fish", ["--no-config", "-c", `source "$argv[1]"; complete -C "$argv[2]"`, script("fish"), line]);
    expect(ask("headgate job su")).toEqual(["submit\tsend a job: reserve the most it can cost, queue it, print its number"]);
    expect(ask("headgate completion f")).toEqual(["fish"]);
  });

  test("each script is printed as it is", async () => {
    for (const name of ["bash", "zsh", "fish"]) expect((await cli(["completion", name])).stdout).toContain(`${name} completion of headgate`);
  });
});
