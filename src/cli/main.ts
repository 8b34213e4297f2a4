import { homedir } from "node:os";
import { descriptorStream } from "./descriptor.ts";
import { runLine } from "./run-line.ts";

/**
 * The door of the terminal, called by the launcher with the name that was typed, its arguments and the folder of the package.
 * Only this file and src/wire.ts read the environment.
 */
export async function main(program: string, line: readonly string[], root: string): Promise<void> {
  process.exitCode = await runLine({
    program,
    line,
    root,
    surroundings: { environment: process.env, home: homedir(), cwd: process.cwd() },
    // Each of Node's own streams takes milliseconds to load, and few commands need one.
    get stdin() {
      return process.stdin;
    },
    stdout: descriptorStream(1, () => process.stdout),
    stderr: descriptorStream(2, () => process.stderr),
    terminal: () => process.stderr,
    onSignals: (wishToEnd) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => wishToEnd(signal));
    },
    exitAtOnce: (code) => process.exit(code),
    loadWire: async () => (await import("../wire.ts")).wire,
  });
}
