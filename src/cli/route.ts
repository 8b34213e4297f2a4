import { nearest, Problem } from "#kernel";
import type { Command, Flag } from "./command.ts";
import { GLOBAL_FLAGS, typedName } from "./global-flags.ts";

/** What the first words of a line mean: a command with what is left of the line, or a group (or the whole) whose help is wanted. */
export type Routed =
  | { readonly kind: "command"; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: "group"; readonly path: string };

const GLOBAL_TAKING_VALUE = new Set(
  Object.entries(GLOBAL_FLAGS as Record<string, Flag>).flatMap(([name, flag]) =>
    flag.kind === "switch" ? [] : [typedName(name), ...(flag.letter === undefined ? [] : [`-${flag.letter}`])],
  ),
);

/**
 * Finds the command a line names. Global flags may stand before or between its words; they are put behind them.
 * Throws `usage.unknown`, naming what was probably meant.
 */
export function route(commands: readonly Command[], line: readonly string[]): Routed {
  const before: string[] = [];
  const words: string[] = [];
  let index = 0;
  for (; index < line.length && !isComplete(commands, words); index += 1) {
    const token = line[index]!;
    if (token === "--") break;
    if (!token.startsWith("-") || token === "-") {
      words.push(token);
      continue;
    }
    before.push(token);
    if (GLOBAL_TAKING_VALUE.has(token) && index + 1 < line.length) before.push(line[(index += 1)]!);
  }
  const path = words.join(" ");
  const command = commands.find((one) => one.path === path);
  if (command !== undefined) return { kind: "command", command, rest: [...before, ...line.slice(index)] };
  if (path === "" || commands.some((one) => one.path.startsWith(`${path} `))) {
    checkGlobal(before);
    return { kind: "group", path };
  }
  throw unknownCommand(commands, words);
}

/** True when the words name a command, or cannot become one whatever follows. */
function isComplete(commands: readonly Command[], words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const path = words.join(" ");
  return commands.some((one) => one.path === path) || !commands.some((one) => one.path.startsWith(`${path} `));
}

function unknownCommand(commands: readonly Command[], words: readonly string[]): Problem {
  const known = words.slice(0, -1).join(" ");
  const word = words.at(-1)!;
  const siblings = [
    ...new Set(commands.filter((one) => known === "" || one.path.startsWith(`${known} `)).map((one) => one.path.split(" ")[words.length - 1]!)),
  ];
  // `headgate submit` means `headgate job submit`.
  const elsewhere = commands.filter((one) => one.path.endsWith(` ${word}`)).map((one) => one.path);
  const guess = nearest(word, siblings);
  const meant = guess === undefined ? elsewhere : [`${known} ${guess}`.trim()];
  const where = known === "" ? "headgate" : `headgate ${known}`;
  return new Problem("usage.unknown", {
    detail: `${where} has no command "${word}"`,
    fix: meant.length === 0 ? `Type ${where} --help to see what there is.` : `Did you mean ${meant.map((path) => `headgate ${path}`).join(" or ")}?`,
    facts: { given: word, meant },
  });
}

/** Before a command is known only global flags make sense; a wrong one is not passed over in silence. */
function checkGlobal(flags: readonly string[]): void {
  const known = Object.entries(GLOBAL_FLAGS as Record<string, Flag>).flatMap(([name, flag]) => [
    typedName(name),
    ...(flag.letter === undefined ? [] : [`-${flag.letter}`]),
  ]);
  for (const [index, flag] of flags.entries()) {
    if (!flag.startsWith("-") || (index > 0 && GLOBAL_TAKING_VALUE.has(flags[index - 1]!))) continue;
    const name = flag.split("=")[0]!;
    if (!known.includes(name)) throw unknownFlag(name, known);
  }
}

export function unknownFlag(given: string, known: readonly string[]): Problem {
  // Every letter is near every other: only a name can be misspelt.
  const guess = given.startsWith("--")
    ? nearest(
        given,
        known.filter((name) => name.startsWith("--")),
      )
    : undefined;
  return new Problem("usage.unknown", {
    detail: `there is no flag ${given}`,
    fix: guess === undefined ? "Add --help to see the flags of this command." : `Did you mean ${guess}?`,
    facts: { given, meant: guess === undefined ? [] : [guess] },
  });
}
