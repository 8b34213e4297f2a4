import { glob, lstat, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { describe, type KeptFile } from "./stage.ts";

/** Files kept with a checksum for each attempt. */
const OUTPUTS_MAX = 1_000;

/** The outputs that the patterns name, each once, in order. Links that lead out of the working folder are passed over. */
export async function collect(work: string, patterns: readonly string[]): Promise<KeptFile[]> {
  if (patterns.length === 0) return [];
  const inside = `${await realpath(work)}${sep}`;
  const paths = new Set<string>();
  for await (const name of glob([...patterns], { cwd: work })) {
    if (paths.size >= OUTPUTS_MAX) break;
    const path = join(work, name);
    if (await isPlainFileInside(path, inside)) paths.add(path);
  }
  return describe(work, [...paths].toSorted(), "output");
}

async function isPlainFileInside(path: string, inside: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile() && (await realpath(path)).startsWith(inside);
  } catch {
    return false;
  }
}
