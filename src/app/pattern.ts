/**
 * Regular expressions that people write into app files. They are searched line by line in what a program printed, so a bad one must not
 * be able to stop the server: a repeat inside a repeat ("(a+)+") can take time exponential in the line, and is refused; lines are cut at
 * LINE_CHARACTERS_MAX. JavaScript has no engine that is linear by construction.
 */

export const PATTERN_CHARACTERS_MAX = 500;

/** Longer lines are cut before they are searched: results stand in short lines, and time grows with a power of the length. */
export const LINE_CHARACTERS_MAX = 2000;

export type PatternFault = { readonly message: string };

/** The fault of a pattern, or undefined when it can be used. `group` is the named group it must have exactly once, if any. */
export function patternFault(source: string, group: string | undefined): PatternFault | undefined {
  if (source.length > PATTERN_CHARACTERS_MAX) return { message: `the pattern has more than ${PATTERN_CHARACTERS_MAX} characters` };
  try {
    new RegExp(source, "u");
  } catch (error) {
    return { message: `not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}` };
  }
  if (nestedRepeat(source)) return { message: "a repeat stands inside a repeat, which can take for ever on an unlucky line" };
  if (/\\[1-9]|\\k</.test(source)) return { message: "references back to a group can take for ever on an unlucky line" };
  if (group !== undefined && !source.includes(`(?<${group}>`)) return { message: `the pattern has no group (?<${group}>...)` };
  return undefined;
}

/** Whether a group that is repeated without bound (or more than 20 times) contains such a repeat. The source is a valid expression. */
function nestedRepeat(source: string): boolean {
  const open: { repeats: boolean }[] = [{ repeats: false }];
  let inClass = false;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index]!;
    if (character === "\\") index += 1;
    else if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") open.push({ repeats: false });
    else if (character === ")") {
      const inner = open.pop()!;
      const outer = open.at(-1)!;
      if (unbounded(source, index + 1)) {
        if (inner.repeats) return true;
        outer.repeats = true;
      }
      outer.repeats ||= inner.repeats;
    } else if (unbounded(source, index)) open.at(-1)!.repeats = true;
  }
  return false;
}

/** Whether a quantifier that allows more than 20 repeats stands at an index. */
function unbounded(source: string, index: number): boolean {
  const character = source[index];
  if (character === "*" || character === "+") return true;
  const counted = /^\{(\d+)(,(\d*))?\}/.exec(source.slice(index, index + 24));
  if (counted === null) return false;
  if (counted[3] === "") return true;
  return Number(counted[3] ?? counted[1]) > 20;
}

/** Compiles a pattern that patternFault let through. */
export function compilePattern(source: string): RegExp {
  return new RegExp(source, "u");
}
