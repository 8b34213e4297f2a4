import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { asbbPage } from "./asbb-page.ts";
import { problemsPage } from "./problems-page.ts";
import { ROOT } from "../lib/dependencies.mjs";

/** A file of the repository that a program writes: its path and its whole text. */
export type GeneratedFile = { readonly path: string; readonly text: string };

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The rooms are loaded only here: one that cannot be loaded fails this check and not all of them. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const [{ emitOpenApi }, { generateIndex, INDEX_FILE }, { oldLines, renderCliReference, SCHEMA_NAMES, schemaOf }, { DOCUMENTED_ROUTES }] = await Promise.all([
    import("#server"),
    import("#app"),
    import("#cli"),
    import("#asbb"),
  ]);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const api = emitOpenApi(version);
  return [
    { path: "docs/problems.md", text: problemsPage() },
    { path: "docs/reference/openapi.json", text: json(api) },
    { path: "docs/reference/asbb.md", text: asbbPage([...oldLines("asbb"), ...oldLines("budget-service")], DOCUMENTED_ROUTES, api as never) },
    { path: "docs/reference/cli.md", text: renderCliReference() },
    ...(await Promise.all(SCHEMA_NAMES.map(async (name) => ({ path: `schemas/${name}.json`, text: json(await schemaOf(name)) })))),
    { path: `apps/${INDEX_FILE}`, text: await generateIndex(join(ROOT, "apps")) },
  ];
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
