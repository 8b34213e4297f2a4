import type { FlagTexts, KeyName } from "#config";
import { choice, parsed, text, toggle, type Command, type FlagTable, type FlagValues } from "./command.ts";

/** The flags of every command. They may also stand before the command: `headgate -o json job list`. */
export const GLOBAL_FLAGS = {
  output: choice("FORMAT", ["table", "json", "yaml"], "table for people, json or yaml for programs", { letter: "o" }),
  as: text("PERSON", "act as this person (for the owner and administrators)", { hint: "person" }),
  server: parsed(
    "URL",
    "the server to talk to, instead of the one on this machine",
    (given) => (/^https?:\/\/\S+$/.test(given) ? given : undefined),
    "a URL beginning with http:// or https://",
  ),
  config: text("FILE", "another file of settings", { hint: "file" }),
  noInput: toggle("never ask anything; what needs a yes then fails"),
  noColor: toggle("no colours"),
  quiet: toggle("only the answer and problems", "q"),
  verbose: toggle("say more about what is done", "v"),
  help: toggle("show this help", "h"),
} as const satisfies FlagTable;

/** Those that only some commands have, under the same name everywhere. */
export const DRY_RUN = toggle("show what would happen, change nothing");
export const YES = toggle("answer every question with yes", "y");

export type GlobalValues = FlagValues<typeof GLOBAL_FLAGS> & { readonly dryRun: boolean; readonly yes: boolean };

/** All flags that a command takes: its own, then the shared ones that mean something to it, then the global ones. */
export function flagsOf(command: Command): FlagTable {
  return { ...command.flags, ...(command.dryRun ? { dryRun: DRY_RUN } : {}), ...(command.asks ? { yes: YES } : {}), ...GLOBAL_FLAGS };
}

/** What the flags say about settings: those of all commands, and those of the command's own that it names as such. */
export function settingsOf(
  command: Command,
  own: Readonly<Record<string, unknown>>,
  values: Pick<GlobalValues, "output" | "as" | "server" | "noColor">,
): FlagTexts {
  const said: [KeyName, string][] = Object.entries(command.settings).flatMap(([flag, key]) => {
    const texts = [own[flag]].flat().filter((text) => typeof text === "string");
    return texts.length === 0 ? [] : [[key, texts.join(",")]];
  });
  return {
    ...Object.fromEntries(said),
    ...(values.output === undefined ? {} : { output: values.output }),
    ...(values.as === undefined ? {} : { person: values.as }),
    ...(values.server === undefined ? {} : { "server.url": values.server }),
    ...(values.noColor ? { color: "never" } : {}),
  };
}

/** `dryRun` is typed `--dry-run`. */
export function typedName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
