import { relative } from "node:path";
import { runProgram } from "../lib/program.ts";
import { CODE_FOLDERS, filesIn, isTypeScript, moduleFile, type Check } from "./check.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** TypeScript 7 by its path: the alias of TypeScript 6, which other tools need, also installs a `tsc`. */
const COMPILER = moduleFile("@typescript/native/bin/tsc");

/** Each with its own libraries: the product has Node and no DOM, the dashboard the DOM and no Node. */
function projects(): string[] {
  return ["tsconfig.json", ...filesIn(["web"]).filter((path) => /(^|\/)tsconfig(\.[a-z-]+)?\.json$/.test(path))];
}

type Project = { readonly errors: string; readonly files: readonly string[] };

async function compile(project: string): Promise<Project> {
  const ended = await runProgram([COMPILER, "-p", project, "--noEmit", "--pretty", "false", "--listFiles"], { cwd: ROOT, timeoutMs: 300_000 });
  const lines = ended.stdout.split("\n");
  const isFile = (line: string) => line.startsWith("/") || line.startsWith(ROOT);
  const errors = lines.filter((line) => line !== "" && !isFile(line)).join("\n");
  const failed = ended.code !== 0 && errors === "" ? `tsc -p ${project} ended with ${ended.code ?? "a signal"}: ${ended.stderr}` : errors;
  return { errors: failed, files: lines.filter(isFile).map((line) => relative(ROOT, line)) };
}

/** No type errors, and no file that no project looks at. */
export const types: Check = {
  name: "types",
  async run() {
    const version = (await runProgram([COMPILER, "--version"])).stdout.trim().replace("Version", "TypeScript");
    const compiled: Project[] = [];
    for (const project of projects()) compiled.push(await compile(project));
    const seen = new Set(compiled.flatMap((project) => project.files));
    const sources = filesIn(CODE_FOLDERS).filter(isTypeScript);
    const unseen = sources.filter((file) => !seen.has(file)).map((file) => `${file}: in no tsconfig.json, so its types are not checked`);
    const findings = [...compiled.map((project) => project.errors), ...unseen].filter((text) => text !== "").join("\n");
    return { ok: findings === "", note: `${version}, ${sources.length} files in ${compiled.length} projects`, findings };
  },
};
