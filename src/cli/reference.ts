import { EXIT } from "#kernel";
import type { Command } from "./command.ts";
import { GLOBAL_FLAGS, DRY_RUN, YES } from "./global-flags.ts";
import { argumentEntries, flagEntries, usageLine } from "./help.ts";
import { GROUPS } from "./tree.ts";

/** `docs/reference/cli.md`, made from the commands themselves, so that it cannot say anything else than --help. */
export function renderCliReference(): string {
  return [
    "# Every command",
    "Made from the commands themselves by `npm run generate`; `headgate COMMAND --help` says the same.",
    "Answers go to stdout, everything else to stderr. With `-o json` and `-o yaml` the answer has the shape of the API's answer where there is one ([openapi.json](openapi.json)), and problems are JSON on stderr.",
    "## Flags of every command",
    entryTable(flagEntries(GLOBAL_FLAGS)),
    "## Exit codes",
    exitTable(),
    ...GROUPS.flatMap((group) => [`## ${group.title}`, ...group.commands.map(commandSection)]),
    "",
  ].join("\n\n");
}

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "done",
  failed: "failed; what stood in the way is on stderr",
  usage: "the line itself was wrong",
  invalid: "what was given (a file, a setting, a parameter) is not valid",
  notFound: "what was named is not there",
  conflict: "something else stands in the way, or a yes was needed",
  cloud: "credentials, or a cloud's refusal",
  refused: "refused by a budget, a licence or a right",
  timeout: "took longer than it may",
  interrupted: "stopped by Ctrl-C",
};

function exitTable(): string {
  const rows = Object.entries(EXIT).map(([name, code]) => `| ${code} | ${EXIT_WORDS[name as keyof typeof EXIT]} |`);
  return ["| code | meaning |", "|---|---|", ...rows].join("\n");
}

function commandSection(command: Command): string {
  const shared = { ...(command.dryRun ? { dryRun: DRY_RUN } : {}), ...(command.asks ? { yes: YES } : {}) };
  const entries = [...argumentEntries(command), ...flagEntries({ ...command.flags, ...shared })];
  const examples = command.examples.map(({ line, says }) => `${line}\n    # ${says}`).join("\n");
  return [
    `### headgate ${command.path}`,
    `${capital(command.brief)}.`,
    `    ${usageLine(command)}`,
    ...command.details,
    ...(entries.length === 0 ? [] : [entryTable(entries)]),
    `\`\`\`\n${examples}\n\`\`\``,
  ].join("\n\n");
}

function entryTable(entries: readonly (readonly [string, string])[]): string {
  return ["| | |", "|---|---|", ...entries.map(([name, words]) => `| \`${name.trim()}\` | ${words.replaceAll("|", "\\|")} |`)].join("\n");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
