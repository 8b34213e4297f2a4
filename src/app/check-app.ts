import type { DocumentPath, ReadDocument } from "#document";
import { nearest, type Fault } from "#kernel";
import type { AppFile } from "./app-file.ts";
import { checkCases } from "./check-cases.ts";
import { checkPlaceholders } from "./check-placeholders.ts";
import type { SourceFile } from "./sources.ts";
import { isFieldName } from "./values.ts";

/**
 * What the schema cannot say: names that refer to something, files that must be there, placeholders that must mean something. All faults,
 * each with its place. `sources` are the files of the app's folder by name; `folder` is the folder's own name.
 */
export function checkApp(document: ReadDocument<AppFile>, sources: ReadonlyMap<string, SourceFile>, folder: string): Fault[] {
  const app = document.value;
  if (app === undefined) return [];
  return [
    ...checkNames(document, app, folder),
    ...checkWhens(document, app),
    ...checkCommand(document, app),
    ...checkPlaceholders(document, app, sources),
    ...checkRunTime(document, app),
    ...checkCores(document, app),
    ...checkCases(document, app, sources),
  ];
}

function checkNames(document: ReadDocument<AppFile>, app: AppFile, folder: string): Fault[] {
  const faults: Fault[] = [];
  if (app.name !== folder)
    faults.push(
      document.fault("value.name", ["name"], `the app is called "${app.name}" but its folder is called "${folder}"`, {
        fix: `Write name: ${folder}, or rename the folder.`,
      }),
    );
  for (const section of ["parameters", "results"] as const) {
    for (const name of Object.keys(app[section])) {
      if (!isFieldName(name))
        faults.push(
          document.fault("value.name", [section, name], `"${name}" cannot be a name here`, {
            at: "key",
            fix: "Use lower-case letters, digits and '_', beginning with a letter, at most 40.",
          }),
        );
    }
  }
  for (const name of Object.keys(app.cases)) {
    if (!/^[a-z][a-z0-9_.-]{0,62}$/.test(name))
      faults.push(document.fault("value.name", ["cases", name], `"${name}" cannot be the name of a case`, { at: "key" }));
  }
  for (const name of Object.keys(app.run.environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name))
      faults.push(
        document.fault("value.name", ["run", "environment", name], `"${name}" cannot be the name of an environment variable`, {
          at: "key",
          fix: "Use letters, digits and '_'.",
        }),
      );
  }
  if (Object.keys(app.cases).length === 0) {
    faults.push(
      document.fault("key.missing", [], "without a case nobody can tell whether the app works", {
        severity: "warning",
        fix: "Add cases with one that runs in a minute.",
      }),
    );
  }
  return [...faults, ...checkFileNames(document, app)];
}

/** Two files of the same name overwrite each other, unless they are meant for different values. */
function checkFileNames(document: ReadDocument<AppFile>, app: AppFile): Fault[] {
  const first = new Map<string, number>();
  const faults: Fault[] = [];
  app.run.files.forEach((entry, index) => {
    const seen = first.get(entry.path);
    if (seen === undefined) first.set(entry.path, index);
    else if (entry.when === undefined || app.run.files[seen]!.when === undefined) {
      const line = document.place(["run", "files", seen, "path"]).line;
      faults.push(document.fault("value.duplicate", ["run", "files", index, "path"], `"${entry.path}" is laid out already (line ${line})`));
    }
  });
  for (const [name, parameter] of Object.entries(app.parameters)) {
    if (parameter.type === "file" && first.has(parameter.as))
      faults.push(document.fault("value.duplicate", ["parameters", name, "as"], `"${parameter.as}" is also one of run.files`));
  }
  return faults;
}

function checkWhens(document: ReadDocument<AppFile>, app: AppFile): Fault[] {
  const entries: [DocumentPath, AppFile["run"]["files"][number]["when"]][] = [
    ...app.run.files.map((entry, index): [DocumentPath, typeof entry.when] => [["run", "files", index, "when"], entry.when]),
    ...app.needs.programs.map((entry, index): [DocumentPath, typeof entry.when] => [["needs", "programs", index, "when"], entry.when]),
    ...app.needs.files.map((entry, index): [DocumentPath, typeof entry.when] => [["needs", "files", index, "when"], entry.when]),
    ...Object.entries(app.results).map(([name, entry]): [DocumentPath, typeof entry.when] => [["results", name, "when"], entry.when]),
  ];
  return entries.flatMap(([path, when]) => Object.entries(when ?? {}).flatMap(([name, wanted]) => whenFaults(document, app, [...path, name], name, wanted)));
}

function whenFaults(document: ReadDocument<AppFile>, app: AppFile, path: DocumentPath, name: string, wanted: string | boolean | readonly string[]): Fault[] {
  const parameter = app.parameters[name];
  if (parameter === undefined) return [unknownParameter(document, app, path, name)];
  if (parameter.type === "boolean") return typeof wanted === "boolean" ? [] : [document.fault("value.type", path, `${name} is true or false`)];
  if (parameter.type !== "choice")
    return [document.fault("value.invalid", path, `${name} is not a choice and not true or false, so nothing can depend on it`, { at: "key" })];
  const words = typeof wanted === "boolean" ? [String(wanted)] : typeof wanted === "string" ? [wanted] : wanted;
  return words
    .filter((word) => !parameter.choices.includes(word))
    .map((word) => document.fault("reference.unknown", path, `"${word}" is not a choice of ${name}`, { fix: `Use ${parameter.choices.join(", ")}.` }));
}

function unknownParameter(document: ReadDocument<AppFile>, app: AppFile, path: DocumentPath, name: string, at: "key" | "value" = "key"): Fault {
  const guess = nearest(name, Object.keys(app.parameters));
  return document.fault("reference.unknown", path, `there is no parameter "${name}"`, {
    at,
    fix: guess === undefined ? `Parameters are ${Object.keys(app.parameters).join(", ") || "none"}.` : `Did you mean ${guess}?`,
  });
}

const SHELLS = new Set(["sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish"]);

/** No shell may read a line that holds a user's text, and the program must be known before anybody chooses a value. */
function checkCommand(document: ReadDocument<AppFile>, app: AppFile): Fault[] {
  const faults: Fault[] = [];
  const { command } = app.run;
  if (command[0]!.includes("{{")) faults.push(document.fault("app.placeholder", ["run", "command", 0], "the program itself cannot be a placeholder"));
  command.forEach((word, index) => {
    const name = word.split("/").at(-1)!;
    const next = command[index + 1];
    if (SHELLS.has(name) && next !== undefined && /^-[a-z]*c[a-z]*$/.test(next))
      faults.push(document.fault("app.shell", ["run", "command", index + 1], `${name} ${next} would let a shell read the next word`));
  });
  return faults;
}

function checkCores(document: ReadDocument<AppFile>, app: AppFile): Fault[] {
  const { cores, cores_max: most } = app.resources;
  return most !== undefined && cores > most ? [document.fault("value.range", ["resources", "cores"], `${cores} cores are more than cores_max (${most})`)] : [];
}

function checkRunTime(document: ReadDocument<AppFile>, app: AppFile): Fault[] {
  const terms = app.run_time?.terms ?? [];
  return terms.flatMap((term, index) =>
    term.scales.flatMap((scale, at): Fault[] => {
      const path = ["run_time", "terms", index, "scales", at];
      const parameter = app.parameters[scale.parameter];
      if (parameter === undefined) return [unknownParameter(document, app, [...path, "parameter"], scale.parameter, "value")];
      if (scale.factors === undefined) {
        const numeric = parameter.type === "integer" || parameter.type === "number" || parameter.type === "duration";
        return numeric
          ? []
          : [document.fault("value.type", [...path, "parameter"], `${scale.parameter} is not a number, so it has no power`, { fix: "Give factors instead." })];
      }
      const allowed = parameter.type === "choice" ? parameter.choices : parameter.type === "boolean" ? ["true", "false"] : [];
      return Object.keys(scale.factors)
        .filter((choice) => !allowed.includes(choice))
        .map((choice) => document.fault("reference.unknown", [...path, "factors", choice], `"${choice}" is not a choice of ${scale.parameter}`, { at: "key" }));
    }),
  );
}
