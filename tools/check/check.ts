import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/dependencies.mjs";

/** What one check found: `note` is one short line that is always printed, `findings` is empty or what to correct, a line each. */
export type Verdict = { readonly ok: boolean; readonly note: string; readonly findings: string };

export type Check = { readonly name: string; run(): Promise<Verdict> };

/** The folders that hold code. Tools are given these and not the root, outside of which some walk into node_modules. */
export const CODE_FOLDERS = ["src", "web", "test", "tools", "bin"] as const;

const SKIPPED = new Set(["node_modules", "dist", "coverage"]);

/** Every file below the folders, as paths relative to the root, in a stable order. */
export function filesIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => walk(folder)).toSorted();
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : [path];
  });
}

export const isTypeScript = (path: string) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts");

/** A development tool by its path, so that a namesake on the PATH cannot stand in for it. */
export const moduleFile = (path: string) => join(ROOT, "node_modules", path);

/** A tool's own words as findings, or its exit code when it said nothing. */
export function words(ended: { readonly code: number | null; readonly stdout: string; readonly stderr: string }): string {
  const said = [ended.stdout, ended.stderr].map((text) => text.trim()).filter((text) => text !== "");
  return said.length === 0 ? `ended with ${ended.code ?? "a signal"} and said nothing` : said.join("\n");
}
