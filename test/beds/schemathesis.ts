import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "#db";

/** Schemathesis reads an OpenAPI document and asks everything that it allows and much that it does not. From PyPI, into a folder of this clone. */
const VERSION = "4.32.5";
const FOLDER = join(packageRoot, "node_modules", ".cache", `schemathesis-${VERSION}`);
const PROGRAM = join(FOLDER, "bin", "schemathesis");
/** Its last file: an installation that was cut off is begun anew. */
const WHOLE = join(FOLDER, "whole");

export const SCHEMATHESIS_PACKAGES = ["python3-venv"] as const;

const MS_MAX = 600_000;

function run(program: string, words: readonly string[], cwd = packageRoot): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: "utf8",
    timeout: MS_MAX,
    cwd,
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { code: status, out: `${stdout}${stderr}${error === undefined ? "" : error.message}` };
}

/** Why it cannot be run as one sentence, or null when it can: it is installed the first time somebody asks. */
export function schemathesisMissing(): string | null {
  if (existsSync(WHOLE)) return null;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const steps = [
    run("python3", ["-m", "venv", FOLDER]),
    run(join(FOLDER, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`]),
  ];
  const failed = steps.find(({ code }) => code !== 0);
  if (failed !== undefined) return `schemathesis ${VERSION} could not be installed: ${failed.out.trim().split("\n").at(-1) ?? ""}`;
  writeFileSync(WHOLE, "");
  return null;
}

/** It leaves files where it runs: there is a folder of its own for them. */
export function schemathesis(words: readonly string[]): ReturnType<typeof run> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-schemathesis-"));
  try {
    return run(PROGRAM, words, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
