import {
  AliasNotFoundError,
  ArgumentParseError,
  buildApplication,
  buildCommand,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
  type Command as StricliCommand,
  type CommandContext,
} from "@stricli/core";
import { nearest, Problem } from "#kernel";
import type { Argument, ArgumentTable, Command, Flag, FlagTable, Input } from "./command.ts";
import { flagsOf, typedName, type GlobalValues } from "./global-flags.ts";
import { unknownFlag } from "./route.ts";

export type Parsed = { readonly input: Input<FlagTable, ArgumentTable>; readonly shared: GlobalValues };

/** Reads what follows the command's words. Throws `usage.unknown`, `usage.value`, `usage.missing` or `usage.surplus`. */
export async function parse(command: Command, rest: readonly string[]): Promise<Parsed> {
  const flags = flagsOf(command);
  let given: { flags: Readonly<Record<string, unknown>>; args: readonly unknown[] } | undefined;
  let fault: unknown;
  const scanner: StricliCommand<CommandContext> = buildCommand({
    parameters: parametersOf(command, flags),
    docs: { brief: command.brief },
    func: (flagValues: Readonly<Record<string, unknown>>, ...args: readonly string[]) => {
      given = { flags: flagValues, args };
    },
  });
  // Stricli scans; what it would print is caught here and said in our own words.
  const keep = (error: unknown) => {
    fault = error;
    return "";
  };
  const application = buildApplication(
    scanner,
    {
      name: "headgate",
      scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
      localization: { text: { ...text_en, exceptionWhileParsingArguments: keep, exceptionWhileRunningCommand: keep } },
    },
    {},
  );
  const silent = { write: () => undefined };
  await run(application, rest, { process: { stdout: silent, stderr: silent, env: {} } });
  if (given === undefined) throw usageProblem(fault, command, flags);
  return {
    input: { flags: complete(command.flags, given.flags), args: named(command.args, given.args) },
    shared: complete(flags, given.flags) as unknown as GlobalValues,
  };
}

/** A switch that was not given is off and a list that was not given is empty: commands need not ask. */
function complete(flags: FlagTable, values: Readonly<Record<string, unknown>>): Input<FlagTable, ArgumentTable>["flags"] {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, values[name] ?? (flag.kind === "switch" ? false : flag.kind === "list" ? [] : undefined)]),
  ) as Input<FlagTable, ArgumentTable>["flags"];
}

function named(args: ArgumentTable, values: readonly unknown[]): Input<FlagTable, ArgumentTable>["args"] {
  return Object.fromEntries(
    Object.entries(args).map(([name, argument], index) => [name, argument.kind === "many" ? values.slice(index) : values[index]]),
  ) as Input<FlagTable, ArgumentTable>["args"];
}

/** Our description in Stricli's words. Its types are made for descriptions that are written out, ours are data, hence the cast. */
function parametersOf(command: Command, flags: FlagTable): never {
  const aliases = Object.fromEntries(Object.entries(flags).flatMap(([name, flag]) => (flag.letter === undefined ? [] : [[flag.letter, name]])));
  const positional = Object.values(command.args).map((argument) => ({
    brief: argument.brief,
    placeholder: argument.placeholder,
    parse: (given: string) => parseArgument(argument, given),
    ...(argument.kind === "optional" ? { optional: true } : {}),
  }));
  const isList = Object.values(command.args).some((argument) => argument.kind === "many");
  return {
    flags: Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, flagParameter(name, flag)])),
    aliases,
    positional: isList ? { kind: "array", parameter: positional[0], minimum: 1 } : { kind: "tuple", parameters: positional },
  } as never;
}

function flagParameter(name: string, flag: Flag): object {
  if (flag.kind === "switch") return { kind: "boolean", brief: flag.brief, optional: true, withNegated: false };
  return {
    kind: "parsed",
    brief: flag.brief,
    optional: true,
    ...(flag.kind === "list" ? { variadic: true } : {}),
    parse: (given: string) => {
      const value = flag.parse(given);
      if (value === undefined) throw wrongValue(typedName(name), given, flag.words, flag.values);
      return value;
    },
  };
}

function parseArgument({ placeholder, values }: Argument, given: string): string {
  if (given === "" || (values.length > 0 && !values.includes(given)))
    throw wrongValue(placeholder, given, values.length > 0 ? `one of ${values.join(", ")}` : "a text", values);
  return given;
}

function wrongValue(what: string, given: string, words: string, values: readonly string[]): Problem {
  const guess = nearest(given, values);
  return new Problem("usage.value", {
    detail: `${what}: ${JSON.stringify(given)} is not ${words}`,
    fix: guess === undefined ? `Give ${words}.` : `Did you mean ${guess}?`,
    facts: { given },
  });
}

function usageProblem(fault: unknown, command: Command, flags: FlagTable): Problem {
  const known = Object.entries(flags).flatMap(([name, flag]) => [typedName(name), ...(flag.letter === undefined ? [] : [`-${flag.letter}`])]);
  const help = `Type headgate ${command.path} --help to see how it is used.`;
  if (fault instanceof ArgumentParseError && fault.exception instanceof Problem) return fault.exception;
  if (fault instanceof FlagNotFoundError) return unknownFlag(fault.input.startsWith("-") ? fault.input : typedName(fault.input), known);
  if (fault instanceof AliasNotFoundError) return unknownFlag(fault.input.startsWith("-") ? fault.input : `-${fault.input}`, known);
  if (fault instanceof UnsatisfiedFlagError) {
    const name = typedName(fault.externalFlagName);
    return new Problem("usage.missing", {
      detail: `${name} needs a value${fault.nextFlagName === undefined ? "" : `, and ${typedName(fault.nextFlagName)} follows it`}`,
      fix: help,
    });
  }
  if (fault instanceof UnsatisfiedPositionalError)
    return new Problem("usage.missing", { detail: `headgate ${command.path} needs ${fault.placeholder}`, fix: help });
  if (fault instanceof UnexpectedPositionalError)
    return new Problem("usage.surplus", { detail: `headgate ${command.path} cannot use ${JSON.stringify(fault.input)}`, fix: help });
  if (fault instanceof UnexpectedFlagError)
    return new Problem("usage.surplus", {
      detail: `${typedName(fault.externalFlagName)} was given twice, as ${JSON.stringify(fault.previousInput)} and ${JSON.stringify(fault.input)}`,
      fix: "Give it once.",
    });
  if (fault instanceof InvalidNegatedFlagSyntaxError)
    return new Problem("usage.value", { detail: `${typedName(fault.externalFlagName)} takes no value`, fix: help });
  return new Problem("usage.value", { detail: fault instanceof Error ? fault.message : String(fault), fix: help, cause: fault });
}
