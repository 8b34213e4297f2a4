import { nearest, parseDuration, type ProblemCode } from "#kernel";
import { compilePattern } from "./pattern.ts";
import type { ParameterDefinition, ParameterDefinitions } from "./schema-parameters.ts";
import type { ParameterValue, ParameterValues } from "./values.ts";

/** A fault of one parameter; whoever read the values places it (`document.fault(code, [...path, parameter], message, { fix, at })`). */
export type ParameterFault = {
  readonly code: ProblemCode;
  readonly parameter: string;
  /** Whether the name or the value is wrong. */
  readonly at: "key" | "value";
  readonly message: string;
  readonly fix: string | null;
};

export type CheckedParameters = {
  /** Every parameter with its value, defaults filled in; undefined when there is a fault. */
  readonly values: ParameterValues | undefined;
  readonly faults: readonly ParameterFault[];
};

type Reading = { readonly value: ParameterValue } | { readonly code: ProblemCode; readonly message: string; readonly fix?: string };

/**
 * Checks what was given against an app's parameters and reports every fault at once. Later layers win over earlier ones: pass the case's
 * parameters first, then the job's. Numbers may also be given as text, because a command line has nothing else.
 */
export function checkParameters(definitions: ParameterDefinitions, ...layers: readonly Readonly<Record<string, unknown>>[]): CheckedParameters {
  const given = Object.fromEntries(layers.flatMap((layer) => Object.entries(layer)));
  const faults: ParameterFault[] = Object.keys(given)
    .filter((name) => !Object.hasOwn(definitions, name))
    .map((name) => unknownParameter(name, definitions));
  const values: Record<string, ParameterValue> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const reading = Object.hasOwn(given, name) ? readValue(definition, given[name]) : defaultOf(name, definition);
    if ("value" in reading) values[name] = reading.value;
    else faults.push({ code: reading.code, parameter: name, at: "value", message: `${name}: ${reading.message}`, fix: reading.fix ?? null });
  }
  return { values: faults.length === 0 ? values : undefined, faults };
}

function unknownParameter(name: string, definitions: ParameterDefinitions): ParameterFault {
  const known = Object.keys(definitions);
  const guess = nearest(name, known);
  const fix =
    guess !== undefined ? `Did you mean ${guess}?` : known.length === 0 ? "Remove it: this app has no parameters." : `Use one of ${known.join(", ")}.`;
  return { code: "app.parameter-unknown", parameter: name, at: "key", message: `there is no parameter "${name}"`, fix };
}

function defaultOf(name: string, definition: ParameterDefinition): Reading {
  if (definition.type !== "file" && definition.default !== undefined) return { value: definition.default };
  return { code: "app.parameter-missing", message: "no value is given, and it has no default", fix: `Give ${name}: ${definition.description}` };
}

function readValue(definition: ParameterDefinition, given: unknown): Reading {
  switch (definition.type) {
    case "integer":
    case "number":
      return readNumber(definition, given);
    case "duration":
      return readDuration(definition, given);
    case "boolean":
      return readBoolean(given);
    case "choice":
      return readChoice(definition.choices, given);
    case "text":
      return readText(definition, given);
    case "file":
      return readFilePath(given);
  }
}

const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

function readNumber(definition: Extract<ParameterDefinition, { type: "integer" | "number" }>, given: unknown): Reading {
  const value = typeof given === "string" && NUMBER_TEXT.test(given.trim()) ? Number(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value))
    return { code: "value.type", message: `${show(given)} is not a ${definition.type === "integer" ? "whole number" : "number"}` };
  if (definition.type === "integer" && !Number.isSafeInteger(value)) return { code: "value.type", message: `${show(given)} is not a whole number` };
  return inRange(value, definition, unitOf(definition.unit)) ?? { value };
}

function readDuration(definition: Extract<ParameterDefinition, { type: "duration" }>, given: unknown): Reading {
  const limit = typeof given === "string" || typeof given === "number" ? parseDuration(String(given)) : undefined;
  if (limit?.kind !== "limited") return { code: "value.time", message: `${show(given)} is not a length of time` };
  return inRange(limit.seconds, definition, " s") ?? { value: limit.seconds };
}

function inRange(value: number, { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined }, unit: string): Reading | undefined {
  if (min !== undefined && value < min) return { code: "value.range", message: `${value}${unit} is below ${min}${unit}`, fix: rangeFix(min, max, unit) };
  if (max !== undefined && value > max) return { code: "value.range", message: `${value}${unit} is above ${max}${unit}`, fix: rangeFix(min, max, unit) };
  return undefined;
}

function rangeFix(min: number | undefined, max: number | undefined, unit: string): string {
  if (min !== undefined && max !== undefined) return `Give a value from ${min} to ${max}${unit}.`;
  return min === undefined ? `Give at most ${max}${unit}.` : `Give at least ${min}${unit}.`;
}

function unitOf(unit: string | undefined): string {
  return unit === undefined ? "" : ` ${unit}`;
}

function readBoolean(given: unknown): Reading {
  if (typeof given === "boolean") return { value: given };
  if (given === "true" || given === "false") return { value: given === "true" };
  return { code: "value.type", message: `${show(given)} is not true or false` };
}

function readChoice(choices: readonly string[], given: unknown): Reading {
  const value = typeof given === "number" ? String(given) : given;
  if (typeof value === "string" && choices.includes(value)) return { value };
  const guess = nearest(String(given), choices);
  return {
    code: "value.invalid",
    message: `${show(given)} is not one of ${choices.join(", ")}`,
    fix: guess === undefined ? `Use one of ${choices.join(", ")}.` : `Did you mean ${guess}?`,
  };
}

/** Text goes into input files and command lines: one line, and without a pattern that allows it nothing that looks like an option. */
function readText(definition: Extract<ParameterDefinition, { type: "text" }>, given: unknown): Reading {
  if (typeof given !== "string") return { code: "value.type", message: `${show(given)} is not text` };
  if (given.length > definition.max_length) return { code: "value.range", message: `the text has more than ${definition.max_length} characters` };
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(given)) return { code: "value.invalid", message: "the text has a line break or another control character" };
  if (definition.pattern !== undefined) {
    const match = compilePattern(definition.pattern).exec(given);
    return match !== null && match[0] === given ? { value: given } : { code: "value.invalid", message: `${show(given)} does not match ${definition.pattern}` };
  }
  return given.startsWith("-")
    ? { code: "value.invalid", message: `${show(given)} begins with '-', which a program would take for an option` }
    : { value: given };
}

function readFilePath(given: unknown): Reading {
  if (typeof given !== "string" || given === "") return { code: "value.type", message: `${show(given)} is not the path of a file` };
  if (given.length > 4096 || /\p{Cc}/u.test(given)) return { code: "app.path", message: `${show(given)} cannot be a path` };
  return { value: given };
}

function show(value: unknown): string {
  const text = typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "a group of keys") : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
