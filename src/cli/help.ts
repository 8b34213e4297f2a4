import type { Argument, Command, Example, Flag, FlagTable } from "./command.ts";
import { DRY_RUN, GLOBAL_FLAGS, typedName, YES } from "./global-flags.ts";
import type { View } from "./output.ts";
import { GROUPS, groupOf, type Group } from "./tree.ts";
import { padEnd, widthOf, wrap } from "./width.ts";

const WIDTH_MAX = 100;
const WIDTH_PIPED = 88;

type Entry = readonly [name: string, words: string];

function width(view: View): number {
  return Math.min(view.columns ?? WIDTH_PIPED, WIDTH_MAX);
}

/** Two columns: names, and words that wrap beside them. */
function entries(list: readonly Entry[], view: View, nameWidth = Math.max(...list.map(([name]) => widthOf(name)))): string {
  const indent = nameWidth + 4;
  return list
    .map(([name, words]) => {
      const lines = wrap(words, Math.max(30, width(view) - indent));
      return lines.map((line, index) => `${index === 0 ? `  ${padEnd(name, nameWidth)}  ` : " ".repeat(indent)}${line}\n`).join("");
    })
    .join("");
}

function heading(text: string, view: View): string {
  return `\n${view.style.bold(text)}\n`;
}

function examplesText(list: readonly Example[], view: View): string {
  return list.map(({ line, says }) => `  ${view.style.cyan(line)}\n      ${says}\n`).join("");
}

/** Commands in one line each; those of one noun below `depth` words (`budget account create`) together in one, with what can be done to it. */
function listed(commands: readonly Command[], group: Group, depth: number): Entry[] {
  const found = new Map<string, string[]>();
  const list: Entry[] = [];
  for (const { path, brief } of commands) {
    const words = path.split(" ");
    const noun = words.slice(0, depth).join(" ");
    if (words.length <= depth) list.push([path, brief]);
    else if (found.has(noun)) found.get(noun)!.push(words.slice(depth).join(" "));
    else {
      found.set(noun, [words.slice(depth).join(" ")]);
      list.push([`${noun} ...`, nounBrief(group, noun)]);
    }
  }
  return list.map(([name, words]) => [name, name.endsWith(" ...") ? `${words} (${found.get(name.slice(0, -4))!.join(", ")})` : words]);
}

/** Words of a command that stand in the list of all; what is below is listed by its noun. */
const ROOT_DEPTH = 2;

/** `headgate --help`: every command or noun in one line, by subject. */
export function rootHelp(commands: readonly Command[], version: string, view: View): string {
  const byGroup = new Map(
    GROUPS.map((group) => [
      group,
      listed(
        commands.filter((command) => groupOf(command) === group),
        group,
        ROOT_DEPTH,
      ),
    ]),
  );
  const nameWidth = Math.max(...[...byGroup.values()].flat().map(([name]) => name.length));
  const sections = GROUPS.map((group) => heading(group.title, view) + entries(byGroup.get(group)!, view, nameWidth));
  return [
    `${view.style.bold("Headgate")} ${version} runs science codes and keeps them inside a budget: what a job can cost is reserved first, and settled to what it did cost.\n`,
    `\nUsage  headgate COMMAND [arguments] [flags]\n`,
    ...sections,
    heading("Flags of every command", view),
    entries(flagEntries(GLOBAL_FLAGS), view),
    heading("First steps", view),
    examplesText(
      [
        { line: "headgate start", says: "opens a laboratory with budgets, runs one real simulation in it, and stays up" },
        { line: "headgate job submit --help", says: "how a command is used, with examples; headgate budget account --help lists what is below" },
        { line: "headgate doctor", says: "looks at everything a run needs and says what to do" },
      ],
      view,
    ),
  ].join("");
}

/** `headgate job --help`: the commands of one noun. */
export function nounHelp(noun: string, commands: readonly Command[], view: View): string {
  const own = commands.filter((command) => command.path.startsWith(`${noun} `));
  const group = groupOf(own[0]!);
  return [
    `${view.style.bold(`headgate ${noun}`)}  ${nounBrief(group, noun)}\n`,
    `\nUsage  headgate ${noun} COMMAND [arguments] [flags]\n`,
    heading("Commands", view),
    entries(listed(own, group, Math.max(ROOT_DEPTH, noun.split(" ").length + 1)), view),
    heading("Examples", view),
    examplesText(own.flatMap((command) => command.examples.slice(0, 1)).slice(0, 4), view),
    `\nMore about one command: headgate ${own[0]!.path} --help\n`,
  ].join("");
}

function nounBrief(group: Group, noun: string): string {
  return group.nouns[noun] ?? group.title.toLowerCase();
}

/** `headgate job submit --help`. */
export function commandHelp(command: Command, view: View): string {
  const own = flagEntries(command.flags);
  const shared = flagEntries({ ...(command.dryRun ? { dryRun: DRY_RUN } : {}), ...(command.asks ? { yes: YES } : {}) });
  const global = flagEntries(GLOBAL_FLAGS);
  const nameWidth = Math.max(...[...own, ...shared, ...global, ...argumentEntries(command)].map(([name]) => widthOf(name)));
  const section = (title: string, list: readonly Entry[]) => (list.length === 0 ? "" : heading(title, view) + entries(list, view, nameWidth));
  return [
    `${view.style.bold(`headgate ${command.path}`)}  ${command.brief}\n`,
    `\nUsage  ${usageLine(command)}\n`,
    ...command.details.map((paragraph) => `\n${wrap(paragraph, width(view)).join("\n")}\n`),
    section("Arguments", argumentEntries(command)),
    section("Flags", [...own, ...shared]),
    section("Flags of every command", global),
    heading("Examples", view),
    examplesText(command.examples, view),
  ].join("");
}

export function usageLine(command: Command): string {
  const args = Object.values(command.args).map((one) =>
    one.kind === "required" ? one.placeholder : one.kind === "optional" ? `[${one.placeholder}]` : `${one.placeholder}...`,
  );
  return ["headgate", command.path, ...args, "[flags]"].join(" ");
}

export function argumentEntries(command: Command): Entry[] {
  return Object.values(command.args).map((one): Entry => [one.placeholder, briefWithValues(one)]);
}

export function flagEntries(flags: FlagTable): Entry[] {
  return Object.entries(flags).map(([name, flag]): Entry => {
    const letter = flag.letter === undefined ? "    " : `-${flag.letter}, `;
    const value = flag.kind === "switch" ? "" : ` ${flag.placeholder}`;
    return [`${letter}${typedName(name)}${value}`, briefWithValues(flag)];
  });
}

function briefWithValues(one: Flag | Argument): string {
  if (one.kind === "switch") return one.brief;
  const again = one.kind === "list" ? " (may be given more than once)" : "";
  const listed = one.values.length > 0 && !one.values.every((value) => one.brief.includes(value));
  return `${one.brief}${listed ? `: ${one.values.join(", ")}` : ""}${again}`;
}
