import { readDocument } from "#document";
import type { Fault } from "#kernel";
import { textsOf, type App, type AppOrigin } from "./app.ts";
import { appSchema } from "./app-file.ts";
import { checkApp } from "./check-app.ts";
import { allSourceNames, type SourceFile } from "./sources.ts";

export type ReadApp = { /** Undefined when there is an error among the faults. */ readonly app: App | undefined; readonly faults: readonly Fault[] };

/**
 * Reads an app from the text of its app.yaml; `source` gives the other files of its folder by name. `file` is how app.yaml is named in
 * faults. This and what it imports is the only part of the room that loads zod and yaml.
 */
export function readApp(
  text: string,
  where: { readonly file: string; readonly folder: string; readonly name: string; readonly origin: AppOrigin },
  source: (name: string) => SourceFile,
): ReadApp {
  const document = readDocument(text, where.file, appSchema);
  if (document.value === undefined) return { app: undefined, faults: document.faults };
  const sources = new Map(allSourceNames(document.value).map((name) => [name, source(name)]));
  const faults = [...document.faults, ...checkApp(document, sources, where.name)].toSorted(byFileAndPlace);
  if (faults.some((fault) => fault.severity === "error")) return { app: undefined, faults };
  return { app: { file: document.value, origin: where.origin, folder: where.folder, texts: textsOf(sources) }, faults };
}

/** app.yaml first, then each template; within a file from top to bottom. */
function byFileAndPlace(a: Fault, b: Fault): number {
  const rank = (fault: Fault) => (fault.place?.file.endsWith("/app.yaml") === true || fault.place?.file === "app.yaml" ? "" : (fault.place?.file ?? ""));
  return rank(a).localeCompare(rank(b)) || (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}
