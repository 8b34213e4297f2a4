import { nearest, Problem } from "#kernel";
import { ASBB, BUDGET_SERVICE } from "./asbb.ts";
import { AWS_HPC } from "./aws-hpc.ts";
import type { OldLine, OldProgram } from "./line.ts";
import { PCTL } from "./pctl.ts";

export const OLD_PROGRAMS: Readonly<Record<string, OldProgram>> = { "asbb": ASBB, "budget-service": BUDGET_SERVICE, "aws-hpc": AWS_HPC, "pctl": PCTL };

/**
 * An old name's line in our words. Throws `not-yet` for a line that its documents have and we do not yet, naming what to type instead;
 * `usage.unknown` for one that was never there. A question for help becomes ours, unless the old name itself is asked.
 */
export function translate(program: string, line: readonly string[]): readonly string[] {
  const old = OLD_PROGRAMS[program];
  if (old === undefined) throw new Problem("usage.unknown", { detail: `there is no program ${program}` });
  const { flags, words } = leadingFlags(old, line);
  const known = longestMatch(old, words);
  if (known === null) throw unknownLine(program, old, words);
  if (!("becomes" in known)) throw notYet(program, known);
  const rest = words.slice(known.line === "" ? 0 : known.line.split(" ").length);
  const missing = rest.map((word) => word.split("=")[0]!).find((word) => known.notWith?.includes(word) === true);
  if (missing !== undefined) {
    throw new Problem("not-yet", {
      detail: `${program} ${known.line} with ${missing} is not there yet`,
      fix: known.now ?? `Type headgate ${known.becomes} --help.`,
    });
  }
  const turned = known.turn?.(rest) ?? rest;
  return [...known.becomes.split(" "), ...turned.map((word) => renamed(known.flags ?? {}, word)), ...flags];
}

/** True when nothing but the name's own help is asked for; a daemon's name alone starts the daemon. */
export function asksForHelp(program: string, line: readonly string[]): boolean {
  if (line.length === 0) return OLD_PROGRAMS[program]?.lines.every((one) => one.line !== "") ?? false;
  return ["--help", "-h", "help"].includes(line[0]!);
}

/** Every old line and what it is now, for `asbb --help`. */
export function oldLines(
  program: string,
): readonly { readonly line: string; readonly now: string; readonly there: boolean; readonly notWith: readonly string[]; readonly until: string }[] {
  return (OLD_PROGRAMS[program]?.lines ?? []).map((one) => ({
    line: `${program} ${one.line}`.trim(),
    there: "becomes" in one,
    notWith: "becomes" in one ? (one.notWith ?? []) : [],
    until: one.now ?? "",
    now: "becomes" in one ? `headgate ${one.becomes}` : one.later === null ? one.now : `not there yet. ${one.now}`,
  }));
}

function leadingFlags(old: OldProgram, line: readonly string[]): { flags: string[]; words: readonly string[] } {
  const flags: string[] = [];
  let index = 0;
  for (; index < line.length; index += 1) {
    const [name, value] = line[index]!.split(/=(.*)/s);
    const known = old.globalFlags[name!];
    if (known === undefined) break;
    flags.push(known.becomes);
    if (known.takesValue) flags.push(value ?? line[(index += 1)] ?? "");
  }
  return { flags, words: line.slice(index) };
}

function longestMatch(old: OldProgram, words: readonly string[]): OldLine | null {
  const matching = old.lines.filter((one) => one.line === "" || one.line.split(" ").every((word, index) => words[index] === word));
  const best = matching.toSorted((a, b) => b.line.length - a.line.length)[0];
  // Words that follow nothing we know are not the daemon's: it takes flags only.
  return best === undefined || (best.line === "" && words[0] !== undefined && !words[0].startsWith("-")) ? null : best;
}

function renamed(flags: Readonly<Record<string, string>>, word: string): string {
  const [name, value] = word.split(/=(.*)/s);
  const becomes = flags[name!];
  return becomes === undefined ? word : value === undefined ? becomes : `${becomes}=${value}`;
}

function notYet(program: string, { line, later, now }: Extract<OldLine, { later: string | null }>): Problem {
  const will = later === null ? "" : `; it will be headgate ${later}`;
  return new Problem("not-yet", {
    detail: `${program} ${line} is not there${later === null ? "" : " yet"}${will}`,
    fix: now,
    facts: { line: `${program} ${line}`, will_be: later === null ? null : `headgate ${later}` },
  });
}

function unknownLine(program: string, old: OldProgram, words: readonly string[]): Problem {
  const given = words
    .filter((word) => !word.startsWith("-"))
    .slice(0, 2)
    .join(" ");
  const guess =
    nearest(
      given,
      old.lines.map((one) => one.line),
    ) ??
    nearest(
      given.split(" ")[0]!,
      old.lines.map((one) => one.line),
    );
  return new Problem("usage.unknown", {
    detail: given === "" ? `${program} needs a command` : `${program} has no command "${given}"`,
    fix: guess === undefined ? `Type ${program} --help to see its lines and what they are now.` : `Did you mean ${program} ${guess}?`,
  });
}
