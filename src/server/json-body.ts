import { Problem } from "#kernel";
import { JSON_DEPTH_MAX } from "./limits.ts";

const [QUOTE, BACKSLASH, COLON, OPEN_LIST, CLOSE_LIST, OPEN_GROUP, CLOSE_GROUP] = [0x22, 0x5c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d];

/** How deep the arrays and objects of a JSON text nest, counted without parsing it; stops counting above `most`. */
export function jsonDepth(text: string, most: number): number {
  return jsonShape(text, most).depth;
}

/** The depth, and how many keys its groups have together: each has one colon outside of texts. */
function jsonShape(text: string, most: number): { readonly depth: number; readonly keys: number } {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  let inString = false;
  for (let index = 0; index < text.length && deepest <= most; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === BACKSLASH) index += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === COLON) keys += 1;
    else if (char === OPEN_LIST || char === OPEN_GROUP) deepest = Math.max(deepest, (depth += 1));
    else if (char === CLOSE_LIST || char === CLOSE_GROUP) depth -= 1;
  }
  return { depth: deepest, keys };
}

/** A key that would reach into every object of the process if a body were copied carelessly later on. */
const POISON = "__proto__";

/** Reads a JSON body; undefined when it is empty. Throws `request.json` for bad syntax, too deep nesting, a key __proto__ or one written twice, and U+0000 in texts. */
export function parseJsonBody(text: string): unknown {
  if (text === "") return undefined;
  const { depth, keys } = jsonShape(text, JSON_DEPTH_MAX);
  if (depth > JSON_DEPTH_MAX) {
    throw new Problem("request.json", { detail: `the body nests deeper than ${JSON_DEPTH_MAX} levels` });
  }
  try {
    // Looking at every value costs three times the parsing, so it is done only where there can be something: as it is, or with escapes.
    const value: unknown = text.includes(POISON) || text.includes("\\u") ? JSON.parse(text, refusePoison) : JSON.parse(text);
    // Of a key that stands twice the parser keeps one and says nothing, and another program may have read the other: two amounts in one request.
    if (countKeys(value) < keys) throw new Problem("request.json", { detail: `the body has the key ${keyTwice(text)} twice in one group` });
    return value;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("request.json", { detail: `the body is not valid JSON: ${(cause as Error).message}`, cause });
  }
}

function refusePoison(key: string, value: unknown): unknown {
  if (key === POISON) throw new Problem("request.json", { detail: `the body has a key "${key}", which is not allowed` });
  // PostgreSQL has no text with U+0000, and no person writes one.
  if (key.includes("\0") || (typeof value === "string" && value.includes("\0")))
    throw new Problem("request.json", { detail: "the body has a text with the character U+0000" });
  return value;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const inner of Object.values(value)) keys += countKeys(inner);
  return keys;
}

/** The key that stands twice in a group of a valid JSON text: its tokens are read once more, which only a faulty body pays for. */
function keyTwice(text: string): string {
  const groups: Set<string>[] = [];
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") groups.push(new Set());
    else if (token === "}") groups.pop();
    else if (key !== undefined) {
      const name = JSON.parse(key) as string;
      if (groups.at(-1)?.has(name) === true) return JSON.stringify(name);
      groups.at(-1)?.add(name);
    }
  }
  return "of that name";
}
