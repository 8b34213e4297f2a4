import { readFileSync } from "node:fs";
import { Problem } from "#kernel";
import { configPath, type Surroundings } from "./keys.ts";
import { resolveConfig, type FlagTexts, type FileTexts, type ResolvedConfig } from "./resolve.ts";

/**
 * Reads the file of settings, if there is one, and merges it with flags and environment.
 * `file` (a flag) or HEADGATE_CONFIG names another file, which then must be there.
 * Throws `config.invalid` or `file.unreadable`.
 */
export async function loadConfig(given: { flags: FlagTexts; surroundings: Surroundings; file?: string | undefined }): Promise<ResolvedConfig> {
  const named = given.file ?? (given.surroundings.environment["HEADGATE_CONFIG"] || undefined);
  const path = named ?? configPath(given.surroundings);
  const text = readText(path, named !== undefined);
  return resolveConfig({ ...given, file: text === null ? null : await parse(text, path) });
}

/** YAML and zod are loaded only by those who have a file: they take longer than most commands. */
async function parse(text: string, path: string): Promise<FileTexts> {
  const { readConfigFile } = await import("./file.ts");
  return readConfigFile(text, path);
}

function readText(path: string, mustBeThere: boolean): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if ((code === "ENOENT" || code === "ENOTDIR") && !mustBeThere) return null;
    throw new Problem("file.unreadable", { detail: `the settings ${path} cannot be read: ${message}`, cause: error });
  }
}
