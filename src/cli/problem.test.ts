import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, Problem, PROBLEMS, type Fault } from "#kernel";
import type { View } from "./output.ts";
import { asProblem, renderProblem } from "./problem.ts";
import { styleFor } from "./style.ts";
import { cli, emptyHome } from "./testing/line.ts";

const plain: View = { style: styleFor(false), columns: null };

function fault(line: number, column: number, path: string, message: string, fix: string | null, severity: Fault["severity"] = "error"): Fault {
  return { code: "value.invalid", severity, place: { file: "lab.yaml", line, column }, path, message, fix };
}

describe("a problem on a terminal", () => {
  test("is three lines: what and where, why, what to do", () => {
    const problem = new Problem("job.not-found", { detail: "there is no job 1841", place: { file: "run.yaml", line: 3, column: 9 } });
    expect(renderProblem(problem, "table", plain)).toBe(
      ["error  job.not-found  run.yaml:3:9  No such job", "  why  there is no job 1841", "  fix  headgate job list shows what there is.", ""].join("\n"),
    );
  });

  test("a refusal says so in its first word", () => {
    const problem = new Problem("budget.insufficient", { detail: "materials can commit $41.20 now; this job can cost at most $97.13" });
    expect(renderProblem(problem, "table", plain).split("\n")[0]).toBe("refused  budget.insufficient  Not enough budget");
    expect(problem.exitCode).toBe(EXIT.refused);
  });

  test("faults of a file stand in columns, each with its place and what to do", () => {
    const faults = [
      fault(7, 18, "cluster.os", '"alinux2" is gone in ParallelCluster 3.16', "Use alinux2023."),
      fault(14, 7, "queues[1].max_cuont", 'unknown key "max_cuont"', "Did you mean max_count?"),
      fault(31, 20, "data.s3[0].mount", "/home hides the shared home folders.", null, "warning"),
    ];
    expect(renderProblem(new Problem("input.invalid", { detail: "2 errors in lab.yaml", faults }), "table", plain)).toBe(
      [
        'lab.yaml:7:18   error  cluster.os           "alinux2" is gone in ParallelCluster 3.16. Use alinux2023.',
        'lab.yaml:14:7   error  queues[1].max_cuont  unknown key "max_cuont". Did you mean max_count?',
        "lab.yaml:31:20  warn   data.s3[0].mount     /home hides the shared home folders.",
        "2 errors, 1 warning (input.invalid)",
        "",
      ].join("\n"),
    );
  });

  test("long reasons wrap on a terminal and keep their indent", () => {
    const problem = new Problem("timeout", { detail: "one two three four five six seven eight nine ten eleven twelve" });
    const lines = renderProblem(problem, "table", { style: styleFor(false), columns: 40 }).split("\n");
    expect(lines.slice(1, 3)).toEqual(["  why  one two three four five six seven", "       eight nine ten eleven twelve"]);
  });

  test("what others wrote cannot steer the terminal", () => {
    const escape = String.fromCharCode(27);
    const problem = new Problem("internal", { detail: `name${escape}]0;title${String.fromCharCode(7)}${escape}[2J\u202Eend` });
    const text = renderProblem(problem, "table", plain);
    expect(text).not.toContain(escape);
    expect(text).toContain("name]0;title[2Jend");
  });
});

describe("a problem for a program", () => {
  test("is one JSON value on stderr with the fields of RFC 9457 and ours, and nothing on stdout", async () => {
    const { code, stdout, stderr } = await cli(["job", "lst", "-o", "json"]);
    expect([code, stdout]).toEqual([EXIT.usage, ""]);
    expect(JSON.parse(stderr)).toEqual({
      type: "urn:headgate:problem:usage.unknown",
      title: "Unknown command or flag",
      status: 400,
      detail: 'headgate job has no command "lst"',
      code: "usage.unknown",
      exit_code: 2,
      fix: "Did you mean headgate job list?",
      place: null,
      facts: { given: "lst", meant: ["job list"] },
      faults: [],
    });
  });

  test("HEADGATE_OUTPUT and --output= say the same", async () => {
    for (const ran of [await cli(["job", "lst"], { environment: { HEADGATE_OUTPUT: "json" } }), await cli(["job", "lst", "--output=json"])]) {
      expect((JSON.parse(ran.stderr) as { code: string }).code).toBe("usage.unknown");
    }
  });
});

describe("exit codes", () => {
  test("are those of the catalogue", () => {
    expect(EXIT).toEqual({ ok: 0, failed: 1, usage: 2, invalid: 3, notFound: 4, conflict: 5, cloud: 6, refused: 7, timeout: 8, interrupted: 130 });
    for (const [code, { exit }] of Object.entries(PROBLEMS)) expect(Object.keys(EXIT), code).toContain(exit);
  });

  test("what was thrown by the system has a code of its own", () => {
    const thrown = (code: string) => Object.assign(new Error(`${code}: something`), { code, syscall: "open", path: "/x" });
    expect(asProblem(thrown("ENOSPC")).code).toBe("state.disk-full");
    expect(asProblem(thrown("EACCES")).code).toBe("state.read-only");
    expect(asProblem(new TypeError("x is not a function")).code).toBe("internal");
    expect(asProblem("words").detail).toBe("words");
  });

  test("settings that are not valid: every fault with its place, exit 3", async () => {
    const home = emptyHome();
    mkdirSync(join(home, ".config", "headgate"), { recursive: true });
    writeFileSync(join(home, ".config", "headgate", "config.yaml"), "projct: climate\nexecutor:\n  cores: many\n");
    const { code, stdout, stderr } = await cli(["config", "show"], { home });
    const file = `${home}/.config/headgate/config.yaml`;
    expect([code, stdout]).toEqual([EXIT.invalid, ""]);
    expect(stderr).toBe(
      [
        `${file}:1:1   error  projct          unknown key "projct". Did you mean project?`,
        `${file}:3:10  error  executor.cores  "many" is not a whole number from 1 to 4096. Give a value within the range named.`,
        "2 errors (config.invalid)",
        "",
      ].join("\n"),
    );
  });

  test("a fault of our own is told as such, with the stack for those who ask", async () => {
    const broken = await cli(["server", "--verbose"]);
    expect(broken.code).toBe(EXIT.failed);
    expect(broken.stderr).toContain("error  internal  A fault in Headgate\n  why  this line was given no real parts\n");
    expect(broken.stderr).toContain("at ");
    expect((await cli(["server"])).stderr).not.toContain("    at ");
  });
});
