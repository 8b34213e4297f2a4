import { Problem } from "#kernel";
import { JSON_DEPTH_MAX } from "./limits.ts";

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_GROUP, CLOSE_GROUP] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** How deep the arrays and objects of a JSON text nest, counted without parsing it; stops counting above `most`. */
export function jsonDepth(text: string, most: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length && deepest <= most; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === BACKSLASH) index += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === OPEN_LIST || char === OPEN_GROUP) deepest = Math.max(deepest, (depth += 1));
    else if (char === CLOSE_LIST || char === CLOSE_GROUP) depth -= 1;
  }
  return deepest;
}

/** A key that would reach into every object of the process if a body were copied carelessly later on. */
const POISON = "__proto__";

/** Reads a JSON body; undefined when it is empty. Throws `request.json` for bad syntax, too deep nesting, a key __proto__ and U+0000 in texts. */
export function parseJsonBody(text: string): unknown {
  if (text === "") return undefined;
  if (jsonDepth(text, JSON_DEPTH_MAX) > JSON_DEPTH_MAX) {
    throw new Problem("request.json", { detail: `the body nests deeper than ${JSON_DEPTH_MAX} levels` });
  }
  try {
    // Looking at every value costs three times the parsing, so it is done only where there can be something: as it is, or with escapes.
    return text.includes(POISON) || text.includes("\\u") ? JSON.parse(text, refusePoison) : JSON.parse(text);
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
