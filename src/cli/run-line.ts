import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type Surroundings } from "#config";
import { EXIT, newId, Problem, systemClock, systemRandomness } from "#kernel";
import type { Command } from "./command.ts";
import { findEndpoint } from "./endpoint.ts";
import type { Context } from "./context.ts";
import { settingsOf, type GlobalValues } from "./global-flags.ts";
import { commandHelp, nounHelp, rootHelp } from "./help.ts";
import { complete, completionText } from "./completion.ts";
import { valuesFor } from "./completion-values.ts";
import { openOutput, type Format, type Output, type Stream } from "./output.ts";
import { parse } from "./parse.ts";
import type { Wire } from "./ports.ts";
import { asProblem, renderProblem } from "./problem.ts";
import { openProgress } from "./progress.ts";
import { route } from "./route.ts";
import { interruptible } from "./signals.ts";
import { renderTable } from "./table.ts";
import { COMMANDS } from "./tree.ts";

/** A line as it was typed, and everything around it; main.ts gives the process's own, tests theirs. */
export type Line = {
  /** headgate, or one of the old names. */
  readonly program: string;
  readonly line: readonly string[];
  readonly root: string;
  readonly surroundings: Surroundings;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** What questions are asked on, when stderr is a terminal. */
  readonly terminal: () => NodeJS.WritableStream;
  readonly onSignals: (wishToEnd: (signal: NodeJS.Signals) => void) => void;
  readonly exitAtOnce: (code: number) => void;
  readonly loadWire: () => Promise<Wire>;
};

/** Runs one line to its end and gives the exit code. Never throws: what went wrong has been said on stderr. */
export async function runLine(given: Line): Promise<number> {
  const { environment } = given.surroundings;
  let output = openOutput({
    stdout: given.stdout,
    stderr: given.stderr,
    // Until the line has been read, what it says about format and colours is looked for without understanding it.
    format: guessFormat(given.line, environment),
    color: given.line.includes("--no-color") || (environment["NO_COLOR"] ?? "") !== "" ? "never" : "auto",
    quiet: false,
    verbose: false,
    dumb: environment["TERM"] === "dumb",
  });
  try {
    const line = given.program === "headgate" ? given.line : await translated(given, output);
    if (line === null) return EXIT.ok;
    if (line[0] === "__complete") return await completeLine(given, line.slice(1), output);
    const words = line[0] === "help" ? [...line.slice(1), "--help"] : line;
    const routed = route(COMMANDS, words);
    if (routed.kind === "group" || wantsHelp(routed.rest)) {
      showHelp(routed.kind === "group" ? routed.path : routed.command, given, output);
      return EXIT.ok;
    }
    const { input, shared } = await parse(routed.command, routed.rest);
    const resolved = await loadConfig({ flags: settingsOf(routed.command, input.flags, shared), surroundings: given.surroundings, file: shared.config });
    const { quiet, verbose } = shared;
    output = openOutput({
      stdout: given.stdout,
      stderr: given.stderr,
      format: resolved.config.output,
      color: resolved.config.color,
      quiet,
      verbose,
      dumb: environment["TERM"] === "dumb",
    });
    const context = contextFor(given, shared, resolved, output);
    const run = await routed.command.load();
    return (await run(context, input)) ?? EXIT.ok;
  } catch (error) {
    const problem = asProblem(error);
    output.complain(renderProblem(problem, output.format, output.noteView));
    if (problem.code === "internal" && error instanceof Error) output.detail(error.stack ?? "");
    return problem.exitCode;
  }
}

function contextFor(given: Line, shared: GlobalValues, resolved: Context["resolved"], output: Output): Context {
  const signal = interruptible({ onSignals: given.onSignals, exitAtOnce: given.exitAtOnce, now: () => performance.now() });
  const progress = openProgress(output);
  const version = packageVersion(given.root);
  const idempotencyKey = () => newId(systemClock, systemRandomness);
  let client: ReturnType<Context["client"]> | undefined;
  return {
    output,
    progress,
    config: resolved.config,
    resolved,
    surroundings: given.surroundings,
    shared,
    root: given.root,
    version,
    clock: systemClock,
    // Looking at it is what makes a command answer for its own end; the others end as any program does.
    get signal() {
      return signal();
    },
    exitAtOnce: (code) => given.exitAtOnce(code),
    client: () =>
      (client ??= (async () => {
        const { openClient } = await import("./client.ts");
        const { person } = resolved.config;
        return openClient({
          endpoint: findEndpoint(resolved.config),
          person,
          idempotencyKey: idempotencyKey(),
          signal: signal(),
          agent: `headgate/${version}`,
          detail: output.detail,
        });
      })()),
    wire: given.loadWire,
    confirm: async (consequence) => {
      const { confirm } = await import("./confirm.ts");
      const canAsk = !shared.noInput && given.stdin.isTTY === true && given.stderr.isTTY === true && output.format === "table";
      const terminal = canAsk ? { input: given.stdin, output: given.terminal() } : null;
      await confirm(consequence, { terminal, yes: shared.yes, signal: signal() });
    },
    readStdin: async () => (await import("./stdin.ts")).readAll(given.stdin),
  };
}

/** An old name's line in our words; null when its help was asked for and shown. Throws `not-yet` for what is not there yet. */
async function translated({ program, line }: Line, output: Output): Promise<readonly string[] | null> {
  const { asksForHelp, oldLines, translate } = await import("./old-names/index.ts");
  if (!asksForHelp(program, line)) return translate(program, line);
  output.raw(
    renderTable(
      oldLines(program),
      [
        { head: program, cell: (one) => one.line },
        { head: "now", cell: (one) => one.now },
      ],
      { style: output.view.style, columns: null },
    ),
  );
  return null;
}

async function completeLine(given: Line, words: readonly string[], output: Output): Promise<number> {
  output.raw(completionText(await complete(COMMANDS, words, valuesFor(given))));
  return EXIT.ok;
}

function showHelp(what: Command | string, given: Line, output: Output): void {
  // Help is for people, whatever the format.
  const { view } = output;
  output.raw(
    typeof what !== "string" ? commandHelp(what, view) : what === "" ? rootHelp(COMMANDS, packageVersion(given.root), view) : nounHelp(what, COMMANDS, view),
  );
}

function wantsHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf("--");
  return (end < 0 ? rest : rest.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

function guessFormat(line: readonly string[], environment: Surroundings["environment"]): Format {
  const index = line.findIndex((word) => word === "-o" || word === "--output");
  const said =
    line.find((word) => word.startsWith("--output="))?.slice("--output=".length) ?? (index < 0 ? undefined : line[index + 1]) ?? environment["HEADGATE_OUTPUT"];
  return said === "json" || said === "yaml" ? said : "table";
}

export function packageVersion(root: string): string {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version?: unknown };
  if (typeof manifest.version !== "string") throw new Problem("internal", { detail: `${root}/package.json has no version` });
  return manifest.version;
}
