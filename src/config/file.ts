import { z } from "zod";
import { documentOrProblem, readDocument } from "#document";
import { Problem } from "#kernel";
import { anyKey, KEY_NAMES, notAllowedWords, type KeyName } from "./keys.ts";
import type { FileTexts } from "./resolve.ts";

type Shape = { [part: string]: Shape | z.ZodType };

/** Every value is checked here too, overridden or not, so that one look at the file shows all that is wrong with it. */
function leaf(name: KeyName): z.ZodType {
  const { kind } = anyKey(name);
  if (kind.suggestions.length > 0) return z.enum(kind.suggestions as [string, ...string[]]);
  const scalar = z.union([z.string(), z.number(), z.boolean()]);
  const value = kind.schema["type"] === "array" ? z.array(scalar) : scalar;
  return value.superRefine((given, context) => {
    if (kind.parse(textOf(given)) === undefined) {
      context.addIssue({ code: "custom", message: notAllowedWords(name, given), params: { code: kind.code } });
    }
  });
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

function fileSchema(): z.ZodType {
  const root: Shape = {};
  for (const name of KEY_NAMES) {
    const parts = name.split(".");
    const last = parts.pop()!;
    let here = root;
    for (const part of parts) here = (here[part] ??= {}) as Shape;
    here[last] = leaf(name);
  }
  return toSchema(root);
}

function toSchema(shape: Shape): z.ZodType {
  return z.strictObject(
    Object.fromEntries(Object.entries(shape).map(([part, inner]) => [part, (inner instanceof z.ZodType ? inner : toSchema(inner)).optional()])),
  );
}

function valueAt(value: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>((here, part) => (typeof here === "object" && here !== null ? (here as Record<string, unknown>)[part] : undefined), value);
}

/** Reads the file of settings, each text with its place. Unknown keys name the nearest. Throws `config.invalid` with every fault. */
export function readConfigFile(text: string, path: string): FileTexts {
  const document = readDocument(text, path, fileSchema());
  try {
    const value = documentOrProblem(document);
    const texts = KEY_NAMES.flatMap((name) => {
      const one = valueAt(value, name.split("."));
      return one === undefined ? [] : [[name, { text: textOf(one), place: document.place(name.split(".")) }] as const];
    });
    return { path, texts: new Map(texts) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem("config.invalid", { detail: error.detail, faults: error.faults });
  }
}
