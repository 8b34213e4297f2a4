import { spawn } from "node:child_process";

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Killed after so many milliseconds; `code` is then null. */
  readonly timeoutMs?: number;
};

/** More output than any test reads; what comes after it is dropped. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Runs a program to its end and keeps what it said. A program that cannot be started rejects. */
export function runProgram(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: "pipe",
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
    });
    const kept = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => {
        if (kept[stream].length < OUTPUT_BYTES_MAX) kept[stream] += chunk;
      });
    }
    // A program may end before it has read its input; what matters then is its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...kept }));
  });
}

/** Like runProgram, for a program that has to succeed: its trimmed stdout, or an error with its words. */
export async function output(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const ended = await runProgram(argv, options);
  if (ended.code !== 0) throw new Error(`${argv.join(" ")} ended with ${ended.code ?? "a signal"}: ${(ended.stderr || ended.stdout).trim().slice(-2000)}`);
  return ended.stdout.trim();
}
