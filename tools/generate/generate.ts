import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../check/check.ts";
import { problemsPage } from "./problems-page.ts";

/** A file of the repository that a program writes: its path and its whole text. */
export type GeneratedFile = { readonly path: string; readonly text: string };

export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [{ path: "docs/problems.md", text: problemsPage() }];
}

/** Those whose text in the repository is not what would be written now. */
export async function staleFiles(): Promise<{ readonly stale: readonly string[]; readonly count: number }> {
  const files = await generatedFiles();
  return { stale: files.filter(isStale).map((file) => file.path), count: files.length };
}

export async function writeFiles(): Promise<readonly string[]> {
  const stale = (await generatedFiles()).filter(isStale);
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  return stale.map((file) => file.path);
}

function isStale({ path, text }: GeneratedFile): boolean {
  const absolute = join(ROOT, path);
  return !existsSync(absolute) || readFileSync(absolute, "utf8") !== text;
}
