import { fillIn, placeholderNames } from "./placeholder.ts";
import { innerPathFault } from "./path.ts";
import type { AppFile } from "./app-file.ts";
import type { RunFileDefinition } from "./schema-run.ts";

/** A file of an app's folder as it was found. */
export type SourceFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unsuitable"; readonly reason: string };

export const SOURCE_BYTES_MAX = 256 * 1024;

/** A template's name may hold choices; all their combinations have to be there. Above this somebody means something else. */
const COMBINATIONS_MAX = 64;

/** The file names that a template or copy entry can mean, or the placeholder that cannot stand there. */
export function sourceNames(app: AppFile, entry: RunFileDefinition): { readonly names: readonly string[] } | { readonly unusable: string } {
  const source = entry.template ?? entry.copy;
  if (source === undefined) return { names: [] };
  let combinations: Record<string, string>[] = [{}];
  for (const name of placeholderNames(source)) {
    const definition = app.parameters[name];
    if (definition?.type !== "choice") return { unusable: name };
    const wanted = meant(entry, name, definition.choices);
    combinations = combinations.flatMap((one) => wanted.map((choice) => ({ ...one, [name]: choice })));
    if (combinations.length > COMBINATIONS_MAX) return { unusable: name };
  }
  return { names: combinations.map((values) => fillIn(source, values)) };
}

/** Of a parameter's choices those for which the entry is meant. */
function meant(entry: RunFileDefinition, name: string, choices: readonly string[]): readonly string[] {
  const when = entry.when?.[name];
  if (when === undefined || typeof when === "boolean") return choices;
  return choices.filter((choice) => (Array.isArray(when) ? when.includes(choice) : when === choice));
}

/** Every file of its folder that an app can use, each once. */
export function allSourceNames(app: AppFile): string[] {
  const names = app.run.files.flatMap((entry) => {
    const found = sourceNames(app, entry);
    return "names" in found ? found.names : [];
  });
  const given = Object.values(app.cases).flatMap((one) =>
    Object.entries(one.parameters).flatMap(([name, value]) =>
      app.parameters[name]?.type === "file" && typeof value === "string" && innerPathFault(value) === undefined ? [value] : [],
    ),
  );
  return [...new Set([...names, ...given])];
}
