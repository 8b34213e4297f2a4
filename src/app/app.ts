import { join } from "node:path";
import type { AppFile } from "./app-file.ts";
import type { SourceFile } from "./sources.ts";
import { checkParameters, type CheckedParameters } from "./parameters.ts";

/** Where an app was found: in what ships with Headgate, in the user's own folder, or in a folder named by --app-path. */
export type AppOrigin = "catalogue" | "user" | "path";

/** An app that was read and found good. `texts` are the files of its folder that a run may need, by name. */
export type App = {
  readonly file: AppFile;
  readonly origin: AppOrigin;
  /** The absolute path of its folder. */
  readonly folder: string;
  readonly texts: ReadonlyMap<string, string>;
};

export function textsOf(sources: ReadonlyMap<string, SourceFile>): ReadonlyMap<string, string> {
  return new Map([...sources].flatMap(([name, source]) => (source.kind === "text" ? [[name, source.text] as const] : [])));
}

/** The parameters of a case as a job would give them: a file of the app's folder by its absolute path. */
export function caseParameters(app: App, name: string): Readonly<Record<string, unknown>> {
  const given = app.file.cases[name]?.parameters ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      app.file.parameters[key]?.type === "file" && typeof value === "string" ? join(app.folder, value) : value,
    ]),
  );
}

/** Checks a job's parameters, given on top of a case's (null: none). A case that is not there counts as none: look it up first. */
export function checkRunParameters(app: App, caseName: string | null, given: Readonly<Record<string, unknown>>): CheckedParameters {
  return checkParameters(app.file.parameters, caseName === null ? {} : caseParameters(app, caseName), given);
}
