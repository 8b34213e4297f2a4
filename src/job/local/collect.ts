import { glob, lstat, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { AppOutputs } from "../ports.ts";
import { describe, type KeptFile } from "./stage.ts";

/** Files kept with a checksum for each attempt. */
const OUTPUTS_MAX = 1_000;

/** What a judge reads of one file: enough for any printed result, cut from the end, where results stand. */
const TEXT_BYTES_MAX = 8 * 1024 * 1024;

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

/** An attempt's folder as an app's judge sees it. */
export function outputsOf(work: string, log: string, exitCode: number | null): AppOutputs {
  return {
    exitCode,
    log: async () => (await readEnd(log)) ?? "",
    text: async (name) => {
      const path = join(work, name);
      return (await isPlainFileInside(path, `${await realpath(work)}${sep}`)) ? readEnd(path) : undefined;
    },
  };
}

async function readEnd(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TEXT_BYTES_MAX);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, size - length);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}
