import { homedir } from "node:os";
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
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignals: (wishToEnd) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => wishToEnd(signal));
    },
    exitAtOnce: (code) => process.exit(code),
    loadWire: async () => (await import("../wire.ts")).wire,
  });
}
