import { milliseconds } from "#kernel";
import { describe, expect, test } from "vitest";
import { openOutput, type OutputOptions } from "./output.ts";
import { bar, openProgress } from "./progress.ts";
import { cli, memoryStream } from "./testing/line.ts";

const ESCAPE = String.fromCharCode(27);

function open(more: Partial<OutputOptions> = {}) {
  const [stdout, stderr] = [memoryStream(), memoryStream()];
  return { stdout, stderr, output: openOutput({ stdout, stderr, format: "table", color: "auto", quiet: false, verbose: false, dumb: false, ...more }) };
}

describe("colours", () => {
  test("only on a terminal, never with NO_COLOR, --no-color or a dumb one", async () => {
    const line = ["config", "show"];
    expect((await cli(line)).stdout).not.toContain(ESCAPE);
    expect((await cli(line, { terminal: 100 })).stdout).toContain(ESCAPE);
    expect((await cli([...line, "--no-color"], { terminal: 100 })).stdout).not.toContain(ESCAPE);
    expect((await cli(line, { terminal: 100, environment: { NO_COLOR: "1" } })).stdout).not.toContain(ESCAPE);
    expect((await cli(line, { terminal: 100, environment: { TERM: "dumb" } })).stdout).not.toContain(ESCAPE);
    expect((await cli(["jbo"], { terminal: 100, environment: { NO_COLOR: "1" } })).stderr).not.toContain(ESCAPE);
    expect((await cli(["jbo"], { terminal: 100 })).stderr).toContain(ESCAPE);
  });
});

describe("data and words", () => {
  test("the answer goes to stdout in the format asked for, the rest to stderr", async () => {
    const table = await cli(["config", "show"]);
    expect(table.stdout).toContain("setting");
    expect(table.stderr).toContain("settings file:");
    const json = await cli(["config", "show", "-o", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ settings: expect.any(Array) as unknown });
    expect((await cli(["config", "show", "-o", "yaml"])).stdout).toMatch(/^file: /);
  });

  test("--quiet leaves the answer alone", async () => {
    expect((await cli(["config", "show", "-q"])).stderr).toBe("");
    expect((await cli(["config", "show", "-q"])).stdout).toContain("setting");
  });

  test("a long answer is cut to a terminal's width and to nothing else", async () => {
    const lines = (await cli(["config", "show", "--no-color"], { terminal: 60 })).stdout.trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(66);
    expect((await cli(["config", "show"])).stdout).toContain("(the owner's token of the state folder, for the server that runs there)");
  });
});

describe("a reader that goes away", () => {
  test("drops the rest without a word, and what follows is told to end", () => {
    let fail: ((error: NodeJS.ErrnoException) => void) | undefined;
    let written = 0;
    const stdout = {
      write: () => {
        written += 1;
        fail?.(Object.assign(new Error("EPIPE"), { code: "EPIPE" }));
        return false;
      },
      on: (_event: "error", listener: (error: NodeJS.ErrnoException) => void) => {
        fail = listener;
      },
    };
    const { output } = open({ stdout });
    output.raw("one");
    output.raw("two");
    expect([written, output.closed.aborted]).toEqual([1, true]);
  });
});

describe("progress", () => {
  test("is plain lines where nobody looks", () => {
    const { stderr, output } = open();
    const progress = openProgress(output);
    progress.live("running", () => bar(0.5));
    progress.done("running", "3.1 s");
    progress.end();
    expect(stderr.text()).toBe("  running             ##########----------\n  running             3.1 s\n");
  });

  test("is one line that lives on a terminal, and is gone when it ends", () => {
    const stderr = memoryStream(40);
    const { output } = open({ stderr });
    const progress = openProgress(output);
    progress.live("running", () => "x".repeat(100));
    progress.end();
    const drawn = stderr
      .text()
      .split("\r")
      .filter((part) => part !== "");
    expect(drawn).toHaveLength(2);
    expect(drawn[0]!.replace(`${ESCAPE}[2K`, "")).toHaveLength(39);
    expect(drawn[1]).toBe(`${ESCAPE}[2K`);
  });

  test("times stand below each other, as those of npm start do", () => {
    const { stderr, output } = open();
    const progress = openProgress(output);
    progress.done("database", "12 migrations applied", milliseconds(4100));
    progress.done("server", "http://127.0.0.1:8787", milliseconds(61_000));
    const ends = stderr
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => line.length);
    expect(ends).toEqual([83, 83]);
  });

  test("--quiet shows none", () => {
    const { stderr, output } = open({ quiet: true });
    openProgress(output).done("estimate", "2 s");
    expect(stderr.text()).toBe("");
  });
});
