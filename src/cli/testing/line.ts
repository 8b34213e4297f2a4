import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Stream } from "../output.ts";
import type { Wire } from "../ports.ts";
import { runLine } from "../run-line.ts";

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Around = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly cwd?: string;
  readonly program?: string;
  readonly stdin?: string;
  /** Both streams are terminals of this many columns. */
  readonly terminal?: number;
  readonly wire?: Wire;
  /** The command ends the process at once. */
  readonly onExit?: (code: number) => void;
  /** Sends a signal to the command when it has asked for them. */
  readonly onSignals?: (send: (signal: NodeJS.Signals) => void) => void;
};

export function memoryStream(terminal?: number): Stream & { text(): string } {
  let kept = "";
  return {
    write: (text) => {
      kept += text;
      return true;
    },
    on: () => undefined,
    text: () => kept,
    ...(terminal === undefined ? {} : { isTTY: true, columns: terminal }),
  };
}

export function emptyHome(): string {
  return mkdtempSync(join(tmpdir(), "headgate-cli-"));
}

/** Runs a line in this process, with nothing of this machine's own settings around it. */
export async function cli(line: readonly string[], around: Around = {}): Promise<Ran> {
  const [stdout, stderr] = [memoryStream(around.terminal), memoryStream(around.terminal)];
  const home = around.home ?? emptyHome();
  const code = await runLine({
    program: around.program ?? "headgate",
    line,
    root: ROOT,
    surroundings: { environment: { PATH: process.env["PATH"] ?? "", ...around.environment }, home, cwd: around.cwd ?? home },
    stdin: Object.assign(Readable.from([around.stdin ?? ""]), { isTTY: around.terminal !== undefined }),
    stdout,
    stderr,
    terminal: () => new Writable({ write: (_chunk, _encoding, done) => done() }),
    onSignals: (wishToEnd) => around.onSignals?.(wishToEnd),
    exitAtOnce: (exitCode) => around.onExit?.(exitCode),
    loadWire: () => (around.wire === undefined ? Promise.reject(new Error("this line was given no real parts")) : Promise.resolve(around.wire)),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
