import { LINE_CHARACTERS_MAX, compilePattern } from "./pattern.ts";
import type { Check, Closeness, Expectation } from "./expectations.ts";
import type { RunPlan } from "./render.ts";
import type { ResultDefinition } from "./schema-results.ts";
import { tooOld } from "./version.ts";

/** What a run left behind, as far as its plan asks for it (see wantedOf). Names are as in the plan; null is what is not there. */
export type Observed = {
  readonly exitCode: number | null;
  /** The signal that ended it, e.g. SIGSEGV. */
  readonly signal: string | null;
  readonly texts: Readonly<Record<string, string | null>>;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string | null } | null>>;
};

/** One result. `ok` is null when it is only reported, because nothing is known to compare it with. */
export type JudgedResult = {
  readonly name: string;
  readonly kind: ResultDefinition["kind"];
  readonly value: number | string | null;
  readonly unit: string | null;
  readonly expected: number | string | null;
  /** How far from `expected` is allowed, absolute and in `unit`; null when nothing is compared or texts must be equal. */
  readonly tolerance: number | null;
  readonly ok: boolean | null;
  /** Why, in one phrase. */
  readonly words: string;
};

/**
 * `correct`: it ended well, everything required is there, and at least one value agrees with a recorded one. `completed`: the same, with
 * nothing recorded to compare with. `wrong`: it ended well but a result is missing or off, or the code is older than its app allows. `failed`: the program itself failed.
 */
export type Verdict = "correct" | "completed" | "wrong" | "failed";

export type Judgement = {
  readonly verdict: Verdict;
  /** One sentence with the reason. */
  readonly summary: string;
  /** The code's version as found in its output. */
  readonly version: string | null;
  readonly results: readonly JudgedResult[];
};

/** What has to be read before a run can be judged: texts to search (`log` is the program's output) and files to look at. */
export function wantedOf(plan: RunPlan): { readonly texts: readonly string[]; readonly files: readonly { readonly path: string; readonly digest: boolean }[] } {
  const texts = new Set<string>(plan.versionPattern === null ? [] : ["log"]);
  const files = new Map<string, boolean>();
  for (const { definition } of plan.checks) {
    if ("in" in definition) texts.add(definition.in);
    else if (definition.kind === "same") [definition.path, definition.as].forEach((path) => files.set(path, true));
    else files.set(definition.path, definition.kind === "sha256" || files.get(definition.path) === true);
  }
  return { texts: [...texts], files: [...files].map(([path, digest]) => ({ path, digest })) };
}

/** Judges a run by what it left behind: by its results, not by its exit code alone. */
export function judgeRun(plan: RunPlan, observed: Observed): Judgement {
  const lines = lineReader(observed);
  const version = plan.versionPattern === null ? null : findGroup(lines("log"), plan.versionPattern, "first");
  const results = plan.checks.map((check) => judgeCheck(check, observed, lines, version));
  const end = processFault(plan, observed);
  if (end !== undefined) return { verdict: "failed", summary: end, version, results };
  if (tooOld(version, plan.versionMinimum))
    return { verdict: "wrong", summary: `version ${version} ran, and the app needs ${plan.versionMinimum} or newer`, version, results };
  const bad = results.filter((result) => result.ok === false);
  if (bad.length > 0) return { verdict: "wrong", summary: bad.map((result) => `${titleOf(result.name)}: ${result.words}`).join("; "), version, results };
  const compared = results.filter((result) => result.ok === true && result.expected !== null);
  if (compared.length === 0) return { verdict: "completed", summary: "ended well; no recorded value to compare with", version, results };
  return { verdict: "correct", summary: `${compared.map((result) => titleOf(result.name)).join(", ")} as recorded`, version, results };
}

/** `total_energy` as people read it. */
export function titleOf(name: string): string {
  return name.replaceAll("_", " ");
}

/** `-15.84452726 +- 1e-7`, or the text expected; null when nothing is. */
export function expectedWords(result: JudgedResult): string | null {
  if (result.expected === null) return null;
  return result.tolerance === null ? String(result.expected) : `${result.expected} +- ${result.tolerance}`;
}

function processFault(plan: RunPlan, observed: Observed): string | undefined {
  if (observed.signal !== null) return `the program was ended by ${observed.signal}`;
  if (observed.exitCode === null) return "how the program ended is not known";
  return plan.benignExitCodes.includes(observed.exitCode) ? undefined : `the program ended with exit code ${observed.exitCode}`;
}

type Lines = readonly string[] | null;

function lineReader(observed: Observed): (name: string) => Lines {
  const read = new Map<string, Lines>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const text = observed.texts[name] ?? null;
    const lines =
      text === null ? null : text.split(/\r\n|\n|\r/).map((line) => (line.length > LINE_CHARACTERS_MAX ? line.slice(0, LINE_CHARACTERS_MAX) : line));
    read.set(name, lines);
    return lines;
  };
}

function linesAfter(lines: Lines, after: string | undefined): readonly string[] {
  if (lines === null) return [];
  if (after === undefined) return lines;
  const start = lines.findLastIndex((line) => line.includes(after));
  return start < 0 ? [] : lines.slice(start + 1);
}

function findGroup(lines: Lines, pattern: string, take: "first" | "last"): string | null {
  if (lines === null) return null;
  const expression = compilePattern(pattern);
  const found = take === "first" ? lines.find((line) => expression.test(line)) : lines.findLast((line) => expression.test(line));
  return found === undefined ? null : (expression.exec(found)?.groups?.["value"] ?? null);
}

/** Numbers as programs print them, Fortran's D exponent (`-0.158D+02`) included. */
export function parseNumber(text: string): number | null {
  const match = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,3})?$/.exec(text.trim());
  return match === null ? null : Number(match[0].replace(/[dD]/, "e"));
}

function judgeCheck(check: Check, observed: Observed, lines: (name: string) => Lines, version: string | null): JudgedResult {
  const { name, definition } = check;
  switch (definition.kind) {
    case "number":
    case "count":
      return judgeNumber(check, definition, lines, version);
    case "text":
      return judgeText(check, findGroup(linesAfter(lines(definition.in), definition.after), definition.pattern, definition.take), definition.optional, version);
    case "sha256":
      return judgeText(check, observed.files[definition.path]?.sha256 ?? null, definition.optional, version);
    case "contains":
    case "absent": {
      const found = lines(definition.in)?.some((line) => line.includes(definition.text)) ?? false;
      const quoted = JSON.stringify(definition.text);
      return yesOrNo(name, definition.kind, found === (definition.kind === "contains"), `${quoted} ${found ? "is" : "is not"} in ${place(definition.in)}`);
    }
    case "file": {
      const bytes = observed.files[definition.path]?.bytes ?? null;
      return yesOrNo(
        name,
        "file",
        bytes !== null && bytes >= definition.min_bytes,
        bytes === null ? `${definition.path} is not there` : `${definition.path} has ${bytes} bytes`,
      );
    }
    case "same": {
      const [a, b] = [observed.files[definition.path]?.sha256 ?? null, observed.files[definition.as]?.sha256 ?? null];
      const equal = a !== null && a === b;
      return yesOrNo(name, "same", equal, `${definition.path} and ${definition.as} ${equal ? "are equal" : "differ"}`);
    }
  }
}

function place(source: string): string {
  return source === "log" ? "the log" : source;
}

function yesOrNo(name: string, kind: JudgedResult["kind"], ok: boolean, words: string): JudgedResult {
  return { name, kind, value: null, unit: null, expected: null, tolerance: null, ok, words };
}

function judgeNumber(
  check: Check,
  definition: Extract<ResultDefinition, { kind: "number" | "count" }>,
  lines: (name: string) => Lines,
  version: string | null,
): JudgedResult {
  const searched = linesAfter(lines(definition.in), definition.after);
  const base = {
    name: check.name,
    kind: definition.kind,
    unit: definition.kind === "number" ? (definition.unit ?? null) : null,
    expected: null,
    tolerance: null,
  };
  let value: number | null;
  if (definition.kind === "count") {
    const expression = compilePattern(definition.pattern);
    value = searched.filter((line) => expression.test(line)).length;
  } else {
    const text = findGroup(searched, definition.pattern, definition.take);
    if (text === null) return { ...base, value: null, ok: missing(definition.optional, check), words: `not found in ${place(definition.in)}` };
    value = parseNumber(text);
    if (value === null || !Number.isFinite(value)) return { ...base, value: text, ok: false, words: `${JSON.stringify(text)} is not a number` };
  }
  if (definition.min !== undefined && value < definition.min) return { ...base, value, ok: false, words: `${value} is below ${definition.min}` };
  if (definition.max !== undefined && value > definition.max) return { ...base, value, ok: false, words: `${value} is above ${definition.max}` };
  const chosen = choose(check.expected, version);
  const bounded = definition.min !== undefined || definition.max !== undefined;
  if (chosen === undefined || typeof chosen.expectation.value !== "number")
    return { ...base, value, ok: bounded ? true : null, words: bounded ? "within its bounds" : "nothing recorded to compare with" };
  const expected = chosen.expectation.value;
  const tolerance = allowed(chosen.closeness, expected);
  // Both numbers were read from decimals; a difference of exactly the tolerance must not fail by the last bit of a double.
  const ok = Math.abs(value - expected) <= tolerance + 4 * Number.EPSILON * Math.abs(expected);
  return {
    ...base,
    value,
    expected,
    tolerance,
    ok,
    words: ok
      ? recordedWith(chosen)
      : `${value} differs from ${expected} by ${Math.abs(value - expected).toPrecision(3)}, allowed is ${tolerance} (${recordedWith(chosen)})`,
  };
}

/** What may be absent must still be there where a value was recorded for it. */
function missing(optional: boolean, check: Check): false | null {
  return optional && check.expected.length === 0 ? null : false;
}

function judgeText(check: Check, value: string | null, optional: boolean, version: string | null): JudgedResult {
  const base = { name: check.name, kind: check.definition.kind, unit: null, tolerance: null, value };
  if (value === null) return { ...base, expected: null, ok: missing(optional, check), words: "not found" };
  const chosen = choose(check.expected, version);
  if (chosen === undefined) return { ...base, expected: null, ok: null, words: "nothing recorded to compare with" };
  const expected = String(chosen.expectation.value);
  return {
    ...base,
    expected,
    ok: value === expected,
    words: value === expected ? recordedWith(chosen) : `${value} is not ${expected} (${recordedWith(chosen)})`,
  };
}

type Chosen = { readonly expectation: Expectation; readonly closeness: Closeness; readonly sameVersion: boolean };

/** The recording of the version that ran; else the newest one, held to less. */
function choose(expected: readonly Expectation[], version: string | null): Chosen | undefined {
  const same = expected.find((one) => one.version === version);
  if (same !== undefined) return { expectation: same, closeness: same.same, sameVersion: true };
  const newest = expected.toSorted((a, b) => b.date.localeCompare(a.date))[0];
  return newest === undefined ? undefined : { expectation: newest, closeness: newest.other, sameVersion: false };
}

function allowed(closeness: Closeness, expected: number): number {
  return Math.max(closeness.absolute, closeness.relative * Math.abs(expected));
}

function recordedWith(chosen: Chosen): string {
  const { version, date } = chosen.expectation;
  return `recorded with version ${version} on ${date}${chosen.sameVersion ? "" : ", another one than ran here"}`;
}
