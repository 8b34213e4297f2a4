import { isCollection, isMap, isPair, isScalar, LineCounter, parseDocument, type Document as YamlDocument, type Node } from "yaml";
import type { z } from "zod";
import { isProblemCode, nearest, Problem, PROBLEMS, type Fault, type Place, type ProblemCode } from "#kernel";
import { knownKeys } from "./keys.ts";
import { characterFault, meaningFaults, syntaxFaults, type TextFault } from "./syntax.ts";

/** Files that people write are small; a bound keeps a wrong path (a data file, /dev/zero) from filling the memory. */
export const DOCUMENT_BYTES_MAX = 1024 * 1024;

/** Enough to mend a file in one sitting; more would only scroll the first ones away. */
const FAULTS_MAX = 200;

export type DocumentPath = readonly (string | number)[];

/** A file that was read: its value when there is no error, every fault found so far, and a way to place further ones. */
export type ReadDocument<T> = {
  readonly value: T | undefined;
  readonly faults: readonly Fault[];
  /** Where the value (or, with `at: "key"`, the key) of a path stands; the nearest parent when the path is not in the file. */
  place(path: DocumentPath, at?: "key" | "value"): Place;
  /** A fault at a path, for rules that a schema cannot say. */
  fault(code: ProblemCode, path: DocumentPath, message: string, options?: { fix?: string; severity?: "error" | "warning"; at?: "key" | "value" }): Fault;
};

/**
 * Reads one YAML (or JSON) document against a schema and reports every fault at once, each with line and column.
 * Unknown keys name the nearest known key. Never throws for bad content.
 */
export function readDocument<S extends z.ZodType>(text: string, file: string, schema: S): ReadDocument<z.output<S>> {
  const lines = new LineCounter();
  const locate = locator(file, lines);
  const { yaml, faults: unreadable } = parseText(text, lines);
  if (yaml === undefined || unreadable.length > 0) {
    const at = locate(yaml);
    const faults = unreadable.map(({ code, offset, message }): Fault => ({
      code,
      severity: "error",
      place: at.offset(offset),
      path: "",
      message,
      fix: PROBLEMS[code].fix,
    }));
    return failed(at, byPlace(faults).slice(0, FAULTS_MAX));
  }
  // Aliases were counted by `meaningFaults`.
  const plain: unknown = yaml.toJS({ maxAliasCount: -1 });
  const where = locate(yaml);
  const parsed = schema.safeParse(plain ?? {});
  if (parsed.success) return { value: parsed.data, faults: [], place: where.path, fault: where.fault };
  const faults = parsed.error.issues.flatMap((issue) => issueFaults(issue, plain, schema, where.fault)).slice(0, FAULTS_MAX);
  return failed(where, byPlace(faults));
}

/** The text as a YAML document, or what keeps it from being one. Depth is bounded by the reader itself, which says so, or runs out of its stack. */
function parseText(text: string, lines: LineCounter): { yaml: YamlDocument | undefined; faults: TextFault[] } {
  if (Buffer.byteLength(text) > DOCUMENT_BYTES_MAX)
    return { yaml: undefined, faults: [{ code: "file.too-large", offset: 0, message: `the file has more than ${DOCUMENT_BYTES_MAX} bytes` }] };
  const character = characterFault(text);
  if (character !== null) {
    lines.addNewLine(0);
    for (const { index } of text.slice(0, character.offset).matchAll(/\n/g)) lines.addNewLine(index + 1);
    return { yaml: undefined, faults: [character] };
  }
  try {
    const yaml: YamlDocument = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    return { yaml, faults: yaml.errors.length > 0 ? syntaxFaults(yaml.errors) : meaningFaults(yaml, text) };
  } catch (error) {
    return {
      yaml: undefined,
      faults: [{ code: "yaml.too-deep", offset: 0, message: `the file is nested too deeply to be read (${(error as Error).message})` }],
    };
  }
}

/** The faults of a value that came as JSON or in a URL and not in a file: the same words, without places. */
export function valueFaults(issues: readonly z.core.$ZodIssue[], value: unknown, schema: z.ZodType): Fault[] {
  const fault: ReadDocument<unknown>["fault"] = (code, path, message, options = {}) => {
    return { code, severity: options.severity ?? "error", place: null, path: pathText(path), message, fix: options.fix ?? PROBLEMS[code].fix };
  };
  return issues.flatMap((issue) => issueFaults(issue, value, schema, fault)).slice(0, FAULTS_MAX);
}

/** Ends reading: the value, or the problem `input.invalid` with all faults (warnings alone do not stop). */
export function documentOrProblem<T>(document: ReadDocument<T>, further: readonly Fault[] = []): T {
  const faults = byPlace([...document.faults, ...further]);
  const errors = faults.filter((fault) => fault.severity === "error");
  if (errors.length > 0 || document.value === undefined) {
    throw new Problem("input.invalid", { detail: `${errors.length} ${errors.length === 1 ? "error" : "errors"} in ${document.place([]).file}`, faults });
  }
  return document.value;
}

/** In the order of the file, which is the order in which people mend it. */
export function byPlace(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0));
}

/** `queues[1].max_count`, the form in which paths are shown. */
export function pathText(path: DocumentPath): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

type Locator = { offset(position: number): Place; path: ReadDocument<unknown>["place"]; fault: ReadDocument<unknown>["fault"] };

function failed(where: Locator, faults: readonly Fault[]): ReadDocument<never> {
  return { value: undefined, faults, place: where.path, fault: where.fault };
}

function locator(file: string, lines: LineCounter): (yaml: YamlDocument | undefined) => Locator {
  return (yaml) => {
    function offset(position: number): Place {
      const { line, col } = lines.linePos(position);
      return { file, line: Math.max(1, line), column: Math.max(1, col) };
    }
    function path(keys: DocumentPath, at: "key" | "value" = "value"): Place {
      if (yaml === undefined) return { file, line: 1, column: 1 };
      return offset(offsetOf(yaml, keys, at));
    }
    return {
      offset,
      path,
      fault: (code, keys, message, options = {}) => ({
        code,
        severity: options.severity ?? "error",
        place: path(keys, options.at),
        path: pathText(keys),
        message,
        fix: options.fix ?? PROBLEMS[code].fix,
      }),
    };
  };
}

/** Walks down the document as far as the path goes; the last thing found gives the place. */
function offsetOf(yaml: YamlDocument, keys: DocumentPath, at: "key" | "value"): number {
  let node: Node | null = yaml.contents;
  let position = node?.range?.[0] ?? 0;
  for (const [index, key] of keys.entries()) {
    if (!isCollection(node)) return position;
    const pair = isMap(node) ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key)) : undefined;
    const child = (pair?.value ?? (isMap(node) ? undefined : node.items[Number(key)])) as Node | null | undefined;
    const keyNode = pair?.key as Node | undefined;
    const last = index === keys.length - 1;
    if (keyNode !== undefined && (child?.range == null || (last && at === "key"))) return keyNode.range?.[0] ?? position;
    if (child?.range == null) return position;
    [node, position] = [child, child.range[0]];
  }
  return position;
}

function valueAt(plain: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined),
    plain,
  );
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
  record: "a group of keys",
};

/** One schema issue as faults in our words. */
function issueFaults(issue: z.core.$ZodIssue, plain: unknown, schema: z.ZodType, fault: ReadDocument<unknown>["fault"]): Fault[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const given = valueAt(plain, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, given, plain, schema, fault));
    case "invalid_type":
      if (given === undefined) return [missingKey(path, fault)];
      return [fault("value.type", path, `${show(given)} is not ${TYPE_WORDS[issue.expected] ?? issue.expected}`)];
    case "invalid_union":
      if (given === undefined) return [missingKey(path, fault)];
      if (issue.errors.length === 0) return [oneOf(branchNames(issue), given, path, fault)];
      return (
        closestBranch(issue.errors, path)
          .flatMap((inner) => issueFaults(inner, plain, schema, fault))
          .slice(0, 20) || []
      );
    case "invalid_value":
      if (given === undefined) return [missingKey(path, fault)];
      return [oneOf(issue.values.map(String), given, path, fault)];
    case "too_small":
    case "too_big":
      return [fault("value.range", path, rangeWords(issue, given))];
    case "custom": {
      const code = typeof issue.params?.["code"] === "string" && isProblemCode(issue.params["code"]) ? issue.params["code"] : "value.invalid";
      return [fault(code, path, issue.message)];
    }
    default:
      return [fault("value.invalid", path, given === undefined ? issue.message : `${show(given)}: ${issue.message}`)];
  }
}

/** Of a union's branches, the one whose complaint lies deepest is the one that was meant. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[], path: DocumentPath): z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map((issue) => issue.path.length * 2 + (issue.code === "unrecognized_keys" || issue.code === "custom" ? 1 : 0)));
  const best = branches.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
  return best.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}

/** A discriminated union whose discriminator names no branch: zod gives no branch errors then, only the names it knows. */
function branchNames(issue: z.core.$ZodIssueInvalidUnion): string[] {
  const { options } = issue as { options?: readonly unknown[] };
  return (options ?? []).map(String);
}

function missingKey(path: DocumentPath, fault: ReadDocument<unknown>["fault"]): Fault {
  const key = path.at(-1);
  return { ...fault("key.missing", path.slice(0, -1), `"${String(key)}" is missing`), path: pathText(path), fix: `Add ${String(key)}.` };
}

function unknownKey(key: string, path: DocumentPath, given: unknown, plain: unknown, schema: z.ZodType, fault: ReadDocument<unknown>["fault"]): Fault {
  const known = knownKeys(schema, path, plain);
  const taken = typeof given === "object" && given !== null ? Object.keys(given) : [];
  const guess =
    nearest(
      key,
      known.filter((name) => !taken.includes(name)),
    ) ?? nearest(key, known);
  const fix = guess === undefined ? `Remove it. Known here: ${known.join(", ")}.` : `Did you mean ${guess}?`;
  return fault("key.unknown", [...path, key], `unknown key "${key}"`, { at: "key", fix });
}

function oneOf(allowed: readonly string[], given: unknown, path: DocumentPath, fault: ReadDocument<unknown>["fault"]): Fault {
  const guess = nearest(String(given), allowed);
  return fault("value.invalid", path, `${show(given)} is not one of ${allowed.join(", ")}`, {
    fix: guess === undefined ? `Use one of ${allowed.join(", ")}.` : `Did you mean ${guess}?`,
  });
}

function rangeWords(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, given: unknown): string {
  const unit = issue.origin === "string" ? " characters" : issue.origin === "array" || issue.origin === "set" ? " entries" : "";
  const [bound, limit] =
    issue.code === "too_small"
      ? [issue.inclusive === false ? "more than" : "at least", issue.minimum]
      : [issue.inclusive === false ? "less than" : "at most", issue.maximum];
  return `${show(given)} must be ${bound} ${limit}${unit}`;
}

/** A value as it may be quoted back: short, on one line. */
function show(value: unknown): string {
  const text = typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "a group of keys") : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
