import { spawn } from "node:child_process";

/** Who a command runs as; null for whoever runs Headgate. */
export type Identity = { readonly name: string; readonly uid: number; readonly gid: number };

export type CommandResult = { readonly code: number | null; readonly output: string };

export type CommandOptions = {
  readonly as?: Identity | null;
  readonly timeoutMs: number;
  /** What the program reads from its standard input. */
  readonly input?: string;
  /** File descriptors beyond the first three, from 3 on. */
  readonly inherit?: readonly number[];
};

/** Of what a command prints, the last part is kept: the reason of a failure stands at the end. */
const OUTPUT_BYTES_MAX = 16 * 1024;

/** What PostgreSQL's programs may see of our environment: nothing that could be secret, and no PG* variable that would redirect them. */
export function plainEnvironment(): Record<string, string> {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/** Runs a program to its end. `code` is null when it could not be started, or was ended by a signal or by the time-out. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return await new Promise((resolve) => {
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-OUTPUT_BYTES_MAX);
    };
    const child = spawn(file, args, {
      cwd: "/",
      env: plainEnvironment(),
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(options.inherit ?? [])],
      ...(options.as == null ? {} : { uid: options.as.uid, gid: options.as.gid }),
    });
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    // A program that ends without reading closes the pipe; its exit code says why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input);
    // Not spawn's own time-out: when the program cannot be started, that leaves its timer, and the process does not end.
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
    const end = (result: CommandResult) => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once("error", (error) => end({ code: null, output: error.message }));
    child.once("close", (code) => end({ code, output: output.trim() }));
  });
}
