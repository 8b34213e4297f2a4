import { invariant, type MiB, type ProblemCode, type Seconds } from "#kernel";
import type { App } from "./app.ts";
import type { AppFile } from "./app-file.ts";
import { expectations, type Check } from "./expectations.ts";
import { launch } from "./launch.ts";
import { fillIn } from "./placeholder.ts";
import type { RunFileDefinition } from "./schema-run.ts";
import { modelSeconds } from "./run-time.ts";
import { holds, type ParameterValues } from "./values.ts";

/** One file to lay into the working folder before the command starts. Plain JSON. */
export type RunFile =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  /** Copied from the machine; where only FILE.gz is there, unpacked. */
  | { readonly kind: "installed"; readonly path: string; readonly from: string; readonly packages: readonly string[] }
  /** Given by the user through a parameter of type file. */
  | { readonly kind: "given"; readonly path: string; readonly from: string; readonly parameter: string };

/**
 * Everything about one run, complete in itself and plain JSON: it can be stored with the job, and the run is judged by it even when the
 * app has changed or gone since.
 */
export type RunPlan = {
  readonly app: string;
  readonly appVersion: string;
  readonly case: string | null;
  readonly parameters: ParameterValues;
  readonly files: readonly RunFile[];
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files worth keeping, within the working folder. */
  readonly outputs: readonly string[];
  readonly benignExitCodes: readonly number[];
  /** Finds the code's version in what it printed; null when the app cannot tell. */
  readonly versionPattern: string | null;
  /** Older versions than this are not to be trusted. */
  readonly versionMinimum: string | null;
  readonly checks: readonly Check[];
  /** What the app's own model says it takes; null when it has none. */
  readonly modelSeconds: number | null;
};

export type RunRequest = {
  readonly case: string | null;
  /** As checkRunParameters gave them. */
  readonly values: ParameterValues;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
};

/** What a run may ask for besides its parameters; undefined when it is well. */
export function coresFault(app: AppFile, cores: number): { readonly code: ProblemCode; readonly message: string; readonly fix: string } | undefined {
  const most = app.resources.cores_max;
  if (most === undefined || cores <= most) return undefined;
  return {
    code: "value.range",
    message: `${app.name} can use at most ${most} ${most === 1 ? "core" : "cores"}, not ${cores}`,
    fix: `Ask for at most ${most}.`,
  };
}

/** Cores, memory and time limit of a run that says nothing itself: the case's, else the app's. */
export function defaultResources(app: AppFile, caseName: string | null): { readonly cores: number; readonly memory: MiB; readonly timeLimit: Seconds } {
  const own = caseName === null ? undefined : app.cases[caseName]?.resources;
  return { cores: own?.cores ?? app.resources.cores, memory: own?.memory ?? app.resources.memory, timeLimit: own?.time_limit ?? app.resources.time_limit };
}

/** Renders one run. The values must have been checked; the app was when it was read. */
export function renderRun(app: App, request: RunRequest): RunPlan {
  const { file } = app;
  const words = placeholderWords(file, request);
  const started = launch(
    file.run.parallelism,
    file.run.command.map((word) => fillIn(word, words)),
    request.cores,
  );
  const own = Object.fromEntries(Object.entries(file.run.environment).map(([name, value]) => [name, fillIn(value, words)]));
  return {
    app: file.name,
    appVersion: file.version,
    case: request.case,
    parameters: request.values,
    files: [...file.run.files.flatMap((entry) => runFile(app, entry, request.values, words)), ...givenFiles(file, request.values)],
    argv: started.argv,
    environment: { ...started.environment, ...own },
    outputs: file.run.outputs,
    benignExitCodes: [0, ...file.run.benign_exit_codes],
    versionPattern: file.needs.version?.pattern ?? null,
    versionMinimum: file.needs.version?.minimum ?? null,
    checks: expectations(app, request.values),
    modelSeconds: file.run_time === undefined ? null : modelSeconds(file.run_time, request.values, request.cores),
  };
}

/** A file parameter stands for the name it has in the working folder. */
function placeholderWords(file: AppFile, request: RunRequest): Record<string, string> {
  const words = Object.entries(request.values).map(([name, value]): [string, string] => {
    const definition = file.parameters[name];
    return [name, definition?.type === "file" ? definition.as : String(value)];
  });
  return {
    ...Object.fromEntries(words),
    "job.cores": String(request.cores),
    "job.memory_mib": String(request.memory),
    "job.time_limit_s": String(request.timeLimit),
  };
}

function runFile(app: App, entry: RunFileDefinition, values: ParameterValues, words: Readonly<Record<string, string>>): RunFile[] {
  if (!holds(entry.when, values)) return [];
  if (entry.installed !== undefined) return [{ kind: "installed", path: entry.path, from: entry.installed, packages: entry.packages ?? [] }];
  const name = fillIn(entry.template ?? entry.copy ?? "", words);
  const text = app.texts.get(name);
  invariant(text !== undefined, `the app ${app.file.name} was read with its file ${name}`);
  return [{ kind: "text", path: entry.path, text: entry.template === undefined ? text : fillIn(text, words) }];
}

function givenFiles(file: AppFile, values: ParameterValues): RunFile[] {
  return Object.entries(file.parameters).flatMap(([name, definition]): RunFile[] =>
    definition.type === "file" ? [{ kind: "given", path: definition.as, from: String(values[name]), parameter: name }] : [],
  );
}
