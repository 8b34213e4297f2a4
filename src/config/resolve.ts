import { nearest, Problem, type Fault, type Place } from "#kernel";
import { toConfig, type Complete, type Config } from "./config.ts";
import { anyKey, KEY_NAMES, notAllowedWords, variableOf, type KeyName, type Surroundings } from "./keys.ts";

export type Origin = "flag" | "environment" | "file" | "default";

/** One setting as it came out: its value, who set it, and where exactly (`--server`, `NO_COLOR`, `config.yaml:3:9`). */
export type Setting = {
  readonly key: KeyName;
  /** As shown: passwords are hidden; null when nothing is set. */
  readonly shown: string | null;
  /** What happens without it, when nothing is set. */
  readonly otherwise: string;
  readonly origin: Origin;
  readonly where: string;
};

/** The texts that flags gave, by key. */
export type FlagTexts = Readonly<Partial<Record<KeyName, string>>>;

/** A file of settings that was read: its texts by key, each with its place. */
export type FileTexts = {
  readonly path: string;
  readonly texts: ReadonlyMap<KeyName, { readonly text: string; readonly place: Place }>;
};

export type ResolvedConfig = {
  readonly config: Config;
  readonly settings: readonly Setting[];
  /** Things that are allowed but probably not meant. */
  readonly warnings: readonly Fault[];
};

type Source = { readonly text: string; readonly origin: Origin; readonly where: string; readonly place: Place | null; readonly base: string };

/**
 * The order is flag, then environment, then file, then default. Pure: who calls has read flags, environment and file.
 * Throws `config.invalid` with every fault.
 */
export function resolveConfig(given: { flags: FlagTexts; surroundings: Surroundings; file: FileTexts | null }): ResolvedConfig {
  const faults: Fault[] = [];
  const values: Partial<Record<KeyName, unknown>> = {};
  const settings = KEY_NAMES.map((key): Setting => {
    const source = sourceOf(key, given);
    const { kind, fallback, show, otherwise } = anyKey(key);
    if (source === null) {
      const value = fallback(given.surroundings);
      values[key] = value;
      return { key, otherwise, shown: value === null ? null : show(value), origin: "default", where: "" };
    }
    const value = kind.parse(source.text);
    if (value === undefined) faults.push(notAllowed(key, source));
    else values[key] = kind.isPath ? absoluteAll(value, source.base, given.surroundings.home) : value;
    return { key, otherwise, shown: value === undefined ? source.text : show(values[key]), origin: source.origin, where: source.where };
  });
  faults.push(...halfTls(settings), ...unsignedWebhook(settings));
  if (faults.length > 0) {
    throw new Problem("config.invalid", { detail: `${faults.length} ${faults.length === 1 ? "setting is" : "settings are"} not valid`, faults });
  }
  return { config: toConfig(values as Complete), settings, warnings: misspelt(given.surroundings.environment) };
}

function sourceOf(key: KeyName, given: { flags: FlagTexts; surroundings: Surroundings; file: FileTexts | null }): Source | null {
  const { flag, alsoFrom } = anyKey(key);
  const fromFlag = given.flags[key];
  const { cwd, environment } = given.surroundings;
  if (fromFlag !== undefined) return { text: fromFlag, origin: "flag", where: flag ?? key, place: null, base: cwd };
  for (const { variable, read } of [{ variable: variableOf(key), read: (text: string) => text }, ...alsoFrom]) {
    // An empty variable is one that is not set: `HEADGATE_STATE= headgate ...` is how people take one away.
    const text = read(environment[variable] ?? "");
    if (text !== undefined && text !== "") return { text, origin: "environment", where: variable, place: null, base: cwd };
  }
  const fromFile = given.file?.texts.get(key);
  if (fromFile === undefined || given.file === null) return null;
  const { place } = fromFile;
  return {
    text: fromFile.text,
    origin: "file",
    where: `${place.file}:${place.line}:${place.column}`,
    place,
    base: given.file.path.replace(/\/[^/]*$/, "") || "/",
  };
}

function notAllowed(key: KeyName, source: Source): Fault {
  const { kind } = anyKey(key);
  const guess = nearest(source.text, kind.suggestions);
  return {
    code: kind.code,
    severity: "error",
    place: source.place,
    path: source.origin === "file" ? key : source.where,
    message: notAllowedWords(key, source.text),
    fix: guess === undefined ? `Give ${kind.words}.` : `Did you mean ${guess}?`,
  };
}

function absoluteAll(value: unknown, base: string, home: string): string | string[] {
  return Array.isArray(value) ? value.map((one) => absolute(String(one), base, home)) : absolute(String(value), base, home);
}

function absolute(text: string, base: string, home: string): string {
  const expanded = text === "~" ? home : text.startsWith("~/") ? `${home}${text.slice(1)}` : text;
  const whole = expanded.startsWith("/") ? expanded : `${base}/${expanded}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A certificate without its key (or the other way round) would silently serve without TLS. */
function halfTls(settings: readonly Setting[]): Fault[] {
  const isSet = (key: KeyName) => settings.some((setting) => setting.key === key && setting.shown !== null);
  const [certificate, key] = [isSet("server.tls.certificate"), isSet("server.tls.key")];
  if (certificate === key) return [];
  const missing = certificate ? "server.tls.key" : "server.tls.certificate";
  return [
    {
      code: "key.missing",
      severity: "error",
      place: null,
      path: missing,
      message: "TLS needs both a certificate and its key",
      fix: `Set ${missing} (or ${variableOf(missing)}).`,
    },
  ];
}

/** Messages that nobody can tell from forged ones are not sent. */
function unsignedWebhook(settings: readonly Setting[]): Fault[] {
  const isSet = (key: KeyName) => settings.some((setting) => setting.key === key && setting.shown !== null);
  if (!isSet("alerts.webhook.url") || isSet("alerts.webhook.secret") || isSet("alerts.webhook.secret_file")) return [];
  return [
    {
      code: "key.missing",
      severity: "error",
      place: null,
      path: "alerts.webhook.secret_file",
      message: "a webhook needs the secret that its messages are signed with",
      fix: `Set alerts.webhook.secret_file, or ${variableOf("alerts.webhook.secret")} in the environment.`,
    },
  ];
}

/** A variable that looks like one of ours and is none. Others of that prefix are left alone: jobs are given some. */
function misspelt(environment: Surroundings["environment"]): Fault[] {
  const known = ["HEADGATE_CONFIG", ...KEY_NAMES.flatMap((key) => [variableOf(key), ...anyKey(key).alsoFrom.map(({ variable }) => variable)])];
  return Object.keys(environment)
    .filter((variable) => variable.startsWith("HEADGATE_") && !known.includes(variable) && !variable.startsWith("HEADGATE_JOB"))
    .flatMap((variable): Fault[] => {
      const guess = nearest(variable, known);
      return guess === undefined
        ? []
        : [{ code: "key.unknown", severity: "warning", place: null, path: variable, message: "has no effect", fix: `Did you mean ${guess}?` }];
    });
}
