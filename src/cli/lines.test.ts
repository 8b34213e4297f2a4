import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, Problem, PROBLEMS } from "#kernel";
import type { Command } from "./command.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { parse } from "./parse.ts";
import { route } from "./route.ts";
import { cli, ROOT } from "./testing/line.ts";
import { COMMANDS } from "./tree.ts";

async function problemOf(line: readonly string[]): Promise<Problem> {
  try {
    const routed = route(COMMANDS, line);
    if (routed.kind === "command") await parse(routed.command, routed.rest);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`${line.join(" ")} is a good line`);
}

async function inputOf(line: string) {
  const routed = route(COMMANDS, line.split(" "));
  if (routed.kind === "group") throw new Error(`${line} names a group`);
  return { command: routed.command.path, ...(await parse(routed.command, routed.rest)) };
}

describe("reading a line", () => {
  test("flags of every command may stand before, between and behind the words", async () => {
    for (const line of ["-o json job list --limit 5", "job -o json list --limit 5", "job list --limit 5 -o json", "job list --limit=5 --output=json"]) {
      const { command, input, shared } = await inputOf(line);
      expect([command, input.flags["limit"], shared.output]).toEqual(["job list", 5, "json"]);
    }
  });

  test("what was not given is there all the same: switches are off, lists are empty", async () => {
    const { input, shared } = await inputOf("job submit a/b");
    expect(input.flags).toMatchObject({ set: [], file: undefined, cores: undefined });
    expect(shared).toMatchObject({ dryRun: false, quiet: false, noInput: false, help: false });
  });

  test("lists gather, two dashes end the flags, --no-input is a flag of its own", async () => {
    expect((await inputOf("job submit a/b -s x=1 -s y=2")).input.flags["set"]).toEqual([
      ["x", "1"],
      ["y", "2"],
    ]);
    expect((await inputOf("job cancel 1 -- -2")).input.args["jobs"]).toEqual(["1", "-2"]);
    expect((await inputOf("job list --no-input")).shared.noInput).toBe(true);
  });

  test.each([
    ["jbo list", "usage.unknown", "Did you mean headgate job?"],
    ["job lst", "usage.unknown", "Did you mean headgate job list?"],
    ["submit", "usage.unknown", "Did you mean headgate job submit?"],
    ["xyzzy", "usage.unknown", "Type headgate --help to see what there is."],
    ["job list --lmit 5", "usage.unknown", "Did you mean --limit?"],
    ["job list -x", "usage.unknown", "Add --help to see the flags of this command."],
    ["--verbos job list", "usage.unknown", "Did you mean --verbose?"],
    ["--otput", "usage.unknown", "Did you mean --output?"],
    ["job list --limit many", "usage.value", "Give a whole number from 1 to 200."],
    ["job list --limit 0", "usage.value", "Give a whole number from 1 to 200."],
    ["job list -o jsn", "usage.value", "Did you mean json?"],
    ["job list --limit", "usage.missing", "Type headgate job list --help to see how it is used."],
    ["job list --limit --app x", "usage.missing", "Type headgate job list --help to see how it is used."],
    ["job status", "usage.missing", "Type headgate job status --help to see how it is used."],
    ["job cancel", "usage.missing", "Type headgate job cancel --help to see how it is used."],
    ["job status 1 2", "usage.surplus", "Type headgate job status --help to see how it is used."],
    ["job list -o json -o yaml", "usage.surplus", "Give it once."],
    ["completion csh", "usage.value", "Did you mean zsh?"],
    ["job submit a/b --set x", "usage.value", "Give of the form name=value."],
    ["budget holds --state opn", "usage.value", "Did you mean open?"],
  ])("headgate %s: %s", async (line, code, fix) => {
    const problem = await problemOf(line.split(" "));
    expect([problem.code, problem.fix, problem.exitCode]).toEqual([code, fix, EXIT.usage]);
  });
});

test("every line that the runbook and the page about operating tell people to type is a good line", async () => {
  const files = [join(ROOT, "docs", "operating.md"), ...readdirSync(join(ROOT, "docs", "runbook")).map((name) => join(ROOT, "docs", "runbook", name))];
  const lines = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/`(headgate [^`]+)`/g)].map(([, line]) => line!));
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    for (const words of headgateLines(line)) {
      // A command that is only named has nothing behind it to be read.
      const routed = route(COMMANDS, words);
      if (routed.kind === "command" && routed.rest.length > 0) await expectGoodLine(words);
    }
  }
});

describe("every command", () => {
  test.each(COMMANDS.map((command): [string, Command] => [command.path, command]))(
    "headgate %s has help with examples, and each example is a good line",
    async (path, command) => {
      const { code, stdout, stderr } = await cli([...path.split(" "), "--help"]);
      expect([code, stderr]).toEqual([EXIT.ok, ""]);
      expect(stdout).toContain(`Usage  headgate ${path}`);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const { line } of command.examples) {
        expect(stdout).toContain(line);
        for (const words of headgateLines(line)) await expectGoodLine(words);
      }
    },
  );

  test("is loaded from a file that has it", async () => {
    for (const command of COMMANDS) expect(typeof (await command.load()), command.path).toBe("function");
  });

  test("flags have one meaning: no letter twice, no name that a flag of every command has", () => {
    for (const command of COMMANDS) {
      const letters = Object.values(command.flags).flatMap((flag) => flag.letter ?? []);
      expect([...letters, "o", "q", "v", "h", "y"].length, command.path).toBe(new Set([...letters, "o", "q", "v", "h", "y"]).size);
      expect([command.path, Object.keys(command.flags).filter((name) => name in GLOBAL_FLAGS)]).toEqual([command.path, []]);
    }
  });

  test("is in the help of its nearest noun, and in the help of all by itself or with its noun", async () => {
    const all = (await cli([])).stdout.replaceAll(/\s+/g, " ");
    for (const { path } of COMMANDS) {
      const words = path.split(" ");
      if (words.length === 3) expect(all).toMatch(new RegExp(`${words.slice(0, 2).join(" ")} \\.\\.\\. [^()]*\\([a-z, -]*\\b${words[2]}\\b`));
      else expect(all).toContain(path);
      if (words.length > 1) expect((await cli(words.slice(0, -1))).stdout).toContain(path);
    }
  });
});

describe("lines that we tell people to type", () => {
  test.each(Object.entries(PROBLEMS).filter(([, problem]) => problem.fix.includes("headgate ")))(
    "the fix of %s names commands that are there",
    async (_code, problem) => {
      await expectMentions(problem.fix);
    },
  );

  test("the sources name only commands that are there", async () => {
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = readFileSync(join(ROOT, "src", file), "utf8");
      for (const [, words] of text.matchAll(/[`"' (]headgate ((?:app|job|budget|db|config) [a-z][a-z-]*)/g))
        expect(
          commandPaths().some((path) => path === words || path.startsWith(`${words} `)),
          `${file}: headgate ${words}`,
        ).toBe(true);
    }
  });
});

function commandPaths(): string[] {
  return COMMANDS.map((command) => command.path);
}

/** `headgate job explain materials shows why`: at least the noun and the verb have to be there. */
async function expectMentions(text: string): Promise<void> {
  for (const [, first, second, third] of text.matchAll(/headgate ([a-z-]+)(?: ([a-z-]+))?(?: ([a-z-]+))?/g)) {
    expect(
      [String(first), `${first} ${second}`, `${first} ${second} ${third}`].some((path) => commandPaths().includes(path)),
      `headgate ${first} ${second} ${third}`,
    ).toBe(true);
  }
}

/** The headgate lines in an example, without pipes, redirections and variables around them. */
function headgateLines(line: string): string[][] {
  return line
    .split(/\||&&|>|<\(|\)/)
    .map((part) => part.trim().replace(/^(?:[A-Z_]+=\S+ )+/, ""))
    .filter((part) => part.startsWith("headgate "))
    .map((part) => (part.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", "")));
}

async function expectGoodLine(words: readonly string[]): Promise<void> {
  if (words.includes("--version")) return;
  const routed = route(COMMANDS, words);
  if (routed.kind === "command" && !words.includes("--help")) await expect(parse(routed.command, routed.rest)).resolves.toBeDefined();
}
