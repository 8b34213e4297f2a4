import type { AppCase, AppDetail, AppParameter } from "#app/contract";
import { parseDuration } from "#kernel";

/** What a person has typed, as typed. An empty field leaves it to the case, or to the app. */
export type Draft = {
  readonly case: string | null;
  readonly project: string;
  readonly name: string;
  readonly cores: string;
  readonly timeLimit: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** A fault by the path of its field in the job file, e.g. `parameters.ecutwfc`: the same that the server uses. */
export type DraftFaults = Readonly<Record<string, string>>;

export function emptyDraft(app: AppDetail, wantedCase: string | undefined, project: string): Draft {
  const [first] = app.cases;
  const chosen = app.cases.find((one) => one.name === wantedCase) ?? first;
  return { case: chosen?.name ?? null, project, name: "", cores: "", timeLimit: "", parameters: {} };
}

export function caseOf(app: AppDetail, draft: Draft): AppCase | null {
  return app.cases.find((one) => one.name === draft.case) ?? null;
}

/** What a parameter is when its field is left empty: the case's value, else the app's default. */
export function defaultText(app: AppDetail, draft: Draft, parameter: AppParameter): string {
  const value = caseOf(app, draft)?.parameters[parameter.name] ?? parameter.default;
  return value === null ? "" : String(value);
}

/**
 * The faults that can be seen without asking: a form that sends half a number gets an error back for every key. The server looks at
 * everything again, and at what only it knows.
 */
export function faultsOf(app: AppDetail, draft: Draft): DraftFaults {
  const faults: Record<string, string> = {};
  if (draft.project === "") faults["project"] = "Choose the project that pays";
  const cores = coresFault(app, draft.cores);
  if (cores !== null) faults["resources.cores"] = cores;
  if (draft.timeLimit !== "" && parseDuration(draft.timeLimit)?.kind !== "limited") faults["time_limit"] = "Write 90s, 15m, 2h, 1h30m or 1-12:00:00";
  for (const parameter of app.parameters) {
    const given = draft.parameters[parameter.name] ?? "";
    const fault = given === "" ? missingFault(app, draft, parameter) : parameterFault(parameter, given);
    if (fault !== null) faults[`parameters.${parameter.name}`] = fault;
  }
  return faults;
}

function coresFault(app: AppDetail, text: string): string | null {
  if (text === "") return null;
  const cores = Number(text);
  if (!Number.isInteger(cores) || cores < 1) return "A whole number, at least 1";
  return app.cores_max !== null && cores > app.cores_max ? `${app.display_name} has no use for more than ${app.cores_max}` : null;
}

function missingFault(app: AppDetail, draft: Draft, parameter: AppParameter): string | null {
  return defaultText(app, draft, parameter) === "" && parameter.default === null ? "Has no default: give a value" : null;
}

function parameterFault(parameter: AppParameter, text: string): string | null {
  switch (parameter.type) {
    case "integer":
      return /^-?\d{1,15}$/.test(text) ? rangeFault(parameter, Number(text)) : "A whole number";
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? rangeFault(parameter, Number(text)) : "A number";
    case "duration": {
      const read = parseDuration(text);
      return read?.kind === "limited" ? rangeFault(parameter, read.seconds) : "Write 90s, 15m or 2h";
    }
    case "choice":
      return parameter.choices?.includes(text) === true ? null : "One of the choices";
    case "boolean":
    case "text":
    case "file":
      return null;
  }
}

function rangeFault({ min, max, unit }: AppParameter, value: number): string | null {
  const inUnit = unit === null ? "" : ` ${unit}`;
  if (min !== null && value < min) return `At least ${min}${inUnit}`;
  return max !== null && value > max ? `At most ${max}${inUnit}` : null;
}

/** What was really given, in the order of the app's parameters. */
function givenParameters(app: AppDetail, draft: Draft): readonly (readonly [AppParameter, string])[] {
  return app.parameters.flatMap((parameter) => {
    const text = draft.parameters[parameter.name] ?? "";
    return text === "" ? [] : [[parameter, text] as const];
  });
}

/** The job file of a draft, as a person would write it: what is left to the case does not stand in it. */
export function jobFileOf(app: AppDetail, draft: Draft): string {
  const lines = [
    ...(draft.name === "" ? [] : [`name: ${JSON.stringify(draft.name)}`]),
    `app: ${scalar(app.name)}`,
    ...(draft.case === null ? [] : [`case: ${scalar(draft.case)}`]),
    `project: ${scalar(draft.project)}`,
    ...(draft.cores === "" ? [] : ["resources:", `  cores: ${Number(draft.cores)}`]),
    ...(draft.timeLimit === "" ? [] : [`time_limit: ${scalar(draft.timeLimit)}`]),
  ];
  const given = givenParameters(app, draft);
  if (given.length > 0) lines.push("parameters:", ...given.map(([parameter, text]) => `  ${scalar(parameter.name)}: ${valueOf(parameter, text)}`));
  return `${lines.join("\n")}\n`;
}

function valueOf(parameter: AppParameter, text: string): string {
  if (parameter.type === "integer" || parameter.type === "number") return String(Number(text));
  return parameter.type === "boolean" ? String(text === "true") : scalar(text);
}

/** Words that YAML reads as something else than text. */
const YAML_WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n"]);

/** A YAML scalar: plain where it is safe, quoted as JSON (which is YAML) where it is not. */
function scalar(text: string): string {
  const plain = /^(?:[A-Za-z][A-Za-z0-9_./-]*|\d+[smhd])$/.test(text) && !YAML_WORDS.has(text.toLowerCase());
  return plain ? text : JSON.stringify(text);
}

/** The same in a terminal. */
export function terminalLine(app: AppDetail, draft: Draft): string {
  const what = draft.case === null ? app.name : `${app.name}/${draft.case}`;
  return [
    "headgate job submit",
    what,
    ...(draft.project === "" ? [] : [`--project ${word(draft.project)}`]),
    ...(draft.name === "" ? [] : [`--name ${word(draft.name)}`]),
    ...(draft.cores === "" ? [] : [`--cores ${word(draft.cores)}`]),
    ...(draft.timeLimit === "" ? [] : [`--time-limit ${word(draft.timeLimit)}`]),
    ...givenParameters(app, draft).map(([parameter, text]) => `--set ${word(`${parameter.name}=${text}`)}`),
  ].join(" ");
}

/** A word for a POSIX shell. */
function word(text: string): string {
  return /^[A-Za-z0-9_./=:,%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Applies what the server says would fit, where it is a thing this form has; null otherwise. */
export function withChange(draft: Draft, change: string): Draft | null {
  const limit = /^--time-limit (\S+)$/.exec(change)?.[1];
  if (limit !== undefined) return { ...draft, timeLimit: limit };
  const cores = /^--cores (\d+)$/.exec(change)?.[1];
  return cores === undefined ? null : { ...draft, cores };
}
