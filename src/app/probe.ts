import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { AppFile } from "./app-file.ts";
import { compilePattern } from "./pattern.ts";
import type { Found, Need } from "./needs.ts";

/** A version is asked for in well under a second; a program that waits for input must not hold anybody up. */
const VERSION_TIMEOUT_MS = 10_000;
const VERSION_OUTPUT_BYTES_MAX = 256 * 1024;

/** Looks for programs on a PATH and for files where packages put them. Starts nothing; some hundred microseconds for a whole catalogue. */
export function probe(needs: readonly Need[], path: string): Found {
  const folders = path.split(delimiter).filter((folder) => folder.startsWith("/"));
  const programs = new Map<string, string>();
  const files = new Map<string, string>();
  for (const need of needs) {
    if (need.kind === "program") {
      const at = programs.get(need.name) ?? findProgram(need.name, folders);
      if (at !== undefined) programs.set(need.name, at);
    } else {
      const at = [need.name, `${need.name}.gz`].find(isFile);
      if (at !== undefined) files.set(need.name, at);
    }
  }
  return { programs, files };
}

function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find((candidate) => isFile(candidate) && isExecutable(candidate));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks the code for its version with the app's `needs.version.command`. Null when the app has no such command, or nothing was found in
 * its answer; the exit code is not looked at, because some codes print their version and then complain.
 * @public
 */
export async function askVersion(app: AppFile, path: string): Promise<string | null> {
  const asked = app.needs.version;
  const [program, ...args] = asked?.command ?? [];
  if (asked === undefined || program === undefined) return null;
  const output = await new Promise<string>((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { PATH: path, LC_ALL: "C" }, timeout: VERSION_TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: VERSION_OUTPUT_BYTES_MAX, encoding: "utf8" },
      (_error, stdout, stderr) => {
        resolve(`${stdout}\n${stderr}`);
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end();
  });
  const expression = compilePattern(asked.pattern);
  const line = output.split(/\r?\n/).find((one) => expression.test(one));
  return line === undefined ? null : (expression.exec(line)?.groups?.["value"] ?? null);
}
