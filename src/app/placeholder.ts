import { nearest } from "#kernel";

/**
 * Placeholders, `{{ name }}`: the whole template language. No conditions, no arithmetic, no escaping: values are numbers, plain words and
 * single lines, checked before they come here. `\{{` is not a way out either: a file that needs two braces is copied, not rendered.
 */
const PLACEHOLDER = /\{\{([^{}\n]*)\}\}/g;

/** What a run itself supplies besides the parameters. A parameter's name has no dot, so the two never meet. */
export const JOB_PLACEHOLDERS = ["job.cores", "job.memory_mib", "job.time_limit_s"] as const;

export type TemplateFault = { readonly message: string; readonly fix: string | null; /** Index of the character where it stands. */ readonly offset: number };

/** The names that a text asks for, each once. */
export function placeholderNames(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1]!.trim()))];
}

/** Every fault of a text's placeholders, given the names that may stand there. */
export function templateFaults(text: string, known: readonly string[]): TemplateFault[] {
  const faults: TemplateFault[] = [];
  const rest = text.replaceAll(PLACEHOLDER, (whole, inner: string, offset: number) => {
    const name = inner.trim();
    if (!known.includes(name)) faults.push({ message: `nothing is called {{ ${name} }} here`, fix: fixFor(name, known), offset });
    return " ".repeat(whole.length);
  });
  for (const match of rest.matchAll(/\{\{|\}\}/g))
    faults.push({ message: `"${match[0]}" is not closed or not opened on its line`, fix: null, offset: match.index });
  return faults.toSorted((a, b) => a.offset - b.offset);
}

function fixFor(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return guess === undefined ? `Use one of ${known.join(", ")}.` : `Did you mean {{ ${guess} }}?`;
}

/** Fills in the placeholders. Every name must be in `values`: check first. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (_whole, inner: string) => {
    const name = inner.trim();
    const value = values[name];
    if (value === undefined) throw new TypeError(`placeholder {{ ${name} }} has no value`);
    return value;
  });
}

/** Line and column, both from 1, of a character of a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
