/**
 * A line that an older tool documents, under the name it had there. Either it `becomes` one of ours, with its flags renamed and those of
 * `notWith` not there yet; or it is not there yet: `later` is what it will be (null for what Headgate does by itself), `now` is what to
 * type until then.
 */
export type OldLine =
  | {
      readonly line: string;
      readonly becomes: string;
      readonly flags?: Readonly<Record<string, string>>;
      readonly notWith?: readonly string[];
      readonly now?: string;
      /** Puts its words in our order, where renaming flags is not enough. */
      readonly turn?: (words: readonly string[]) => readonly string[];
    }
  | { readonly line: string; readonly later: string | null; readonly now: string };

export type OldProgram = {
  readonly lines: readonly OldLine[];
  /** Flags that may stand before the words, by what they are called here; true when a value follows. */
  readonly globalFlags: Readonly<Record<string, { readonly becomes: string; readonly takesValue: boolean }>>;
};

/** Old lines that all wait for the same thing. */
export function later(lines: readonly string[], will: string | null, now: string): OldLine[] {
  return lines.map((line) => ({ line, later: will, now }));
}

/** The values of some flags, each given as `--flag value` or `--flag=value`, and the words that are left. */
export function takeFlags(words: readonly string[], names: readonly string[]): { readonly taken: Readonly<Record<string, string>>; readonly rest: string[] } {
  const taken: Record<string, string> = {};
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [name = "", value] = words[index]!.split(/=(.*)/s);
    if (names.includes(name)) taken[name] = value ?? words[(index += 1)] ?? "";
    else rest.push(words[index]!);
  }
  return { taken, rest };
}
