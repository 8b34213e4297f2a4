import type { Argument, Command, Flag, ValueHint } from "./command.ts";
import { flagsOf, GLOBAL_FLAGS, typedName } from "./global-flags.ts";

/** One proposal: what is put on the line, and what it is, for shells that show that. */
export type Proposal = { readonly word: string; readonly brief: string };

/** What the shell should do: offer these words, or complete names of files or folders by itself. */
export type Completion = { readonly kind: "words"; readonly proposals: readonly Proposal[] } | { readonly kind: "files" } | { readonly kind: "folders" };

/** Where values come from that only the installation knows. Each may give nothing, and must be quick: somebody waits for the Tab. */
export type Values = (hint: Exclude<ValueHint, "file" | "folder" | "none">) => Promise<readonly Proposal[]>;

/**
 * What may stand at the end of a line. `words` are those after the program's name; the last one is being typed and may be empty.
 * Pure but for `values`.
 */
export async function complete(commands: readonly Command[], words: readonly string[], values: Values): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { command, path, rest } = whereAreWe(commands, before);
  const flags: Readonly<Record<string, Flag>> = command === null ? GLOBAL_FLAGS : flagsOf(command);
  const escaped = before.includes("--");
  const waiting = escaped ? null : flagAwaitingValue(flags, rest.at(-1));
  if (waiting !== null) return await valuesOf(waiting, typed, values, "");
  const joined = escaped ? null : /^(--[a-z-]+)=(.*)$/s.exec(typed);
  if (joined !== null) {
    const flag = flagAwaitingValue(flags, joined[1]);
    return flag === null ? none() : await valuesOf(flag, joined[2]!, values, `${joined[1]}=`);
  }
  if (typed.startsWith("-") && !escaped) return matching(flagProposals(flags, rest), typed);
  if (command === null) return matching(nextWords(commands, path), typed);
  const argument = argumentAt(command, flags, rest);
  return argument === null ? none() : await valuesOf(argument, typed, values, "");
}

function none(): Completion {
  return { kind: "words", proposals: [] };
}

function matching(proposals: readonly Proposal[], typed: string): Completion {
  return { kind: "words", proposals: proposals.filter(({ word }) => word.startsWith(typed)) };
}

type Position = { readonly command: Command | null; readonly path: readonly string[]; readonly rest: readonly string[] };

/** Follows the words down the tree; what follows the command's own words is `rest`. */
function whereAreWe(commands: readonly Command[], before: readonly string[]): Position {
  const path: string[] = [];
  const rest: string[] = [];
  let awaited = false;
  let command: Command | null = null;
  for (const word of before) {
    const isFlag = word.startsWith("-");
    if (command !== null || isFlag || awaited) rest.push(word);
    else if (!(path.length === 0 && word === "help")) path.push(word);
    command ??= commands.find((one) => one.path === path.join(" ")) ?? null;
    awaited = command === null && isFlag && flagAwaitingValue(GLOBAL_FLAGS, word) !== null;
  }
  return { command, path, rest };
}

function nextWords(commands: readonly Command[], path: readonly string[]): Proposal[] {
  const found = new Map<string, string>();
  for (const command of commands) {
    const words = command.path.split(" ");
    if (words.length <= path.length || path.some((word, index) => words[index] !== word)) continue;
    const word = words[path.length]!;
    const isLast = words.length === path.length + 1;
    const others = commands.filter((one) => one.path.startsWith(`${words.slice(0, path.length + 1).join(" ")} `)).map((one) => one.path.split(" ").at(-1));
    found.set(word, isLast ? command.brief : others.join(", "));
  }
  return [...found].map(([word, brief]) => ({ word, brief }));
}

function flagAwaitingValue(flags: Readonly<Record<string, Flag>>, word: string | undefined): Flag | null {
  if (word === undefined) return null;
  const found = Object.entries(flags).find(([name, flag]) => word === typedName(name) || (flag.letter !== undefined && word === `-${flag.letter}`))?.[1];
  return found === undefined || found.kind === "switch" ? null : found;
}

/** Flags not given yet; lists may be given again. */
function flagProposals(flags: Readonly<Record<string, Flag>>, rest: readonly string[]): Proposal[] {
  return Object.entries(flags).flatMap(([name, flag]) => {
    const word = typedName(name);
    const given = rest.some((one) => one === word || one.startsWith(`${word}=`) || (flag.letter !== undefined && one === `-${flag.letter}`));
    return given && flag.kind !== "list" ? [] : [{ word, brief: flag.brief }];
  });
}

/** The argument whose turn it is: as many have been given as there are words that are neither flags nor their values. */
function argumentAt(command: Command, flags: Readonly<Record<string, Flag>>, rest: readonly string[]): Argument | null {
  const given = rest.filter((word, index) => !word.startsWith("-") && flagAwaitingValue(flags, rest[index - 1]) === null).length;
  const all = Object.values(command.args);
  return all[given] ?? (all.at(-1)?.kind === "many" ? all.at(-1)! : null);
}

async function valuesOf(from: Flag | Argument, typed: string, values: Values, prefix: string): Promise<Completion> {
  if (from.kind === "switch") return none();
  if (from.values.length > 0)
    return matching(
      from.values.map((word) => ({ word: prefix + word, brief: "" })),
      prefix + typed,
    );
  switch (from.hint) {
    case "none":
      return none();
    case "file":
      return { kind: "files" };
    case "folder":
      return { kind: "folders" };
    default:
      return matching(
        (await values(from.hint)).map(({ word, brief }) => ({ word: prefix + word, brief })),
        prefix + typed,
      );
  }
}

/** What the scripts read: the first line says what to do, then one proposal a line, its brief behind a tab. */
export function completionText(completion: Completion): string {
  if (completion.kind !== "words") return `${completion.kind}\n`;
  const lines = completion.proposals.map(({ word, brief }) => (brief === "" ? word : `${word}\t${brief.replaceAll(/\s+/g, " ")}`));
  return ["words", ...lines].map((line) => `${line}\n`).join("");
}
