import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Problem } from "#kernel";
import type { Context } from "./context.ts";
import { submissionOf } from "./submission.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "submission-"));
  writeFileSync(join(folder, "job.yaml"), "app: x\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function submission(what: string | undefined, said: { project?: string; configured?: string; stdin?: string; file?: string } = {}) {
  const context = {
    surroundings: { cwd: folder },
    config: { project: said.configured ?? null },
    readStdin: () => Promise.resolve(said.stdin ?? ""),
  } as unknown as Context;
  const flags = { set: [], project: said.project, file: said.file } as unknown as Parameters<typeof submissionOf>[2];
  return submissionOf(context, what, flags);
}

describe("the project of the settings", () => {
  test("goes beside a file, standard input and a case, so that the server sees whether the file names one", async () => {
    expect(await submission("job.yaml", { configured: "materials" })).toMatchObject({ text: "app: x\n", default_project: "materials" });
    expect(await submission(undefined, { file: "-", stdin: "app: y\n", configured: "materials" })).toMatchObject({
      text: "app: y\n",
      default_project: "materials",
    });
    expect(await submission("heat-2d/small", { configured: "materials" })).toMatchObject({ default_project: "materials" });
    expect(await submission("job.yaml")).not.toHaveProperty("default_project");
  });

  test("stands beside the project of the line, which wins on the server", async () => {
    expect(await submission("job.yaml", { configured: "materials", project: "climate" })).toMatchObject({
      default_project: "materials",
      overrides: { project: "climate" },
    });
  });
});

test("a file that is not UTF-8 is named with the place of the byte", async () => {
  writeFileSync(join(folder, "job.yaml"), Buffer.from("app: x\nname: caf\u00e9\n", "latin1"));
  const problem = await submission("job.yaml").then(
    () => null,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(Problem);
  expect((problem as Problem).faults).toMatchObject([{ code: "file.encoding", place: { file: "job.yaml", line: 2, column: 10 } }]);
});
