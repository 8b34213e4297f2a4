import type { DocumentPath, ReadDocument } from "#document";
import { PROBLEMS, type Fault } from "#kernel";
import type { AppFile } from "./app-file.ts";
import { JOB_PLACEHOLDERS, lineAndColumn, placeholderNames, templateFaults } from "./placeholder.ts";
import { sourceNames, type SourceFile } from "./sources.ts";

/** Placeholders in the command, the environment and every template; files that are missing; parameters that nothing uses. */
export function checkPlaceholders(document: ReadDocument<AppFile>, app: AppFile, sources: ReadonlyMap<string, SourceFile>): Fault[] {
  const known = [...Object.keys(app.parameters), ...JOB_PLACEHOLDERS];
  const used = new Set<string>();
  const faults: Fault[] = [];
  function inline(path: DocumentPath, text: string): void {
    placeholderNames(text).forEach((name) => used.add(name));
    for (const fault of templateFaults(text, known))
      faults.push(document.fault("app.placeholder", path, fault.message, fault.fix === null ? {} : { fix: fault.fix }));
  }
  app.run.command.forEach((word, index) => inline(["run", "command", index], word));
  for (const [name, value] of Object.entries(app.run.environment)) inline(["run", "environment", name], value);
  const folder = document.place([]).file.replace(/[^/]*$/, "");
  const seen = new Set<string>();
  app.run.files.forEach((entry, index) => {
    const key = entry.template === undefined ? "copy" : "template";
    const path = ["run", "files", index, key];
    placeholderNames(entry.template ?? entry.copy ?? "").forEach((name) => used.add(name));
    Object.keys(entry.when ?? {}).forEach((name) => used.add(name));
    const found = sourceNames(app, entry);
    if ("unusable" in found) {
      faults.push(
        document.fault("app.placeholder", path, `{{ ${found.unusable} }} cannot stand in a file's name`, {
          fix: "Only parameters of type choice can, with at most 64 files in all.",
        }),
      );
      return;
    }
    for (const name of found.names) {
      const fault = sourceFault(document, path, name, sources.get(name));
      if (fault !== undefined) faults.push(fault);
      const source = sources.get(name);
      if (key !== "template" || source?.kind !== "text") continue;
      placeholderNames(source.text).forEach((one) => used.add(one));
      if (!seen.has(name)) faults.push(...contentFaults(folder + name, source.text, known));
      seen.add(name);
    }
  });
  return [...faults, ...unused(document, app, used)];
}

function sourceFault(document: ReadDocument<AppFile>, path: DocumentPath, name: string, source: SourceFile | undefined): Fault | undefined {
  if (source === undefined || source.kind === "missing") return document.fault("app.file-missing", path, `there is no file "${name}" in the app's folder`);
  if (source.kind === "unsuitable") return document.fault("app.file-unsuitable", path, `"${name}" ${source.reason}`);
  return undefined;
}

/** Faults inside a template stand in the template, not in app.yaml. */
function contentFaults(file: string, text: string, known: readonly string[]): Fault[] {
  return templateFaults(text, known).map((fault): Fault => ({
    code: "app.placeholder",
    severity: "error",
    place: { file, ...lineAndColumn(text, fault.offset) },
    path: "",
    message: fault.message,
    fix: fault.fix ?? PROBLEMS["app.placeholder"].fix,
  }));
}

/** A file parameter is used by being laid out; any other that nothing mentions only misleads. */
function unused(document: ReadDocument<AppFile>, app: AppFile, used: ReadonlySet<string>): Fault[] {
  return Object.entries(app.parameters)
    .filter(([name, definition]) => definition.type !== "file" && !used.has(name))
    .map(([name]) =>
      document.fault("app.parameter-unknown", ["parameters", name], `nothing uses the parameter "${name}"`, {
        at: "key",
        severity: "warning",
        fix: `Write {{ ${name} }} where it belongs, or remove it.`,
      }),
    );
}
