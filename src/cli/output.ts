import type { Config } from "#config";
import { styleFor, type Style } from "./style.ts";

/** What of a stream is needed; process.stdout and process.stderr are such, tests give their own. */
export type Stream = {
  write(text: string): boolean;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export type Format = Config["output"];

/** How a text for people is drawn: colours, and the width it has to fit (null where nothing may be cut: pipes and files). */
export type View = { readonly style: Style; readonly columns: number | null };

/**
 * Data goes to stdout in the format asked for, everything else to stderr. Who reads may stop reading (`| head`): then the rest is
 * dropped without a word, and what a command was asked to do is still done.
 */
export type Output = {
  readonly format: Format;
  /** True when stderr is a terminal, so that a line may be drawn over. */
  readonly live: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The answer of a command: `data` as it is with -o json or yaml, `forPeople` otherwise. */
  show(data: unknown, forPeople: (view: View) => string): Promise<void>;
  /** Bytes of somebody else (a log, a script), as they are. */
  raw(text: string): void;
  /** A word beside the answer, on stderr; nothing with --quiet. */
  note(forPeople: string | ((view: View) => string)): void;
  /** On stderr in any case. */
  complain(text: string): void;
  /** More than most want to know; only with --verbose. */
  detail(text: string): void;
  /** How stdout is drawn. */
  readonly view: View;
  /** How stderr is drawn. */
  readonly noteView: View;
  /** True once nobody reads stdout any more: what follows something endlessly stops then. */
  readonly closed: AbortSignal;
};

export type OutputOptions = {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly format: Format;
  readonly color: Config["color"];
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** TERM=dumb cannot draw over a line. */
  readonly dumb: boolean;
};

/** Control characters in what others wrote (a job's name, a message) must not steer the terminal; colours may stay. */
// oxlint-disable-next-line no-control-regex -- it is about them
const STEERING = /\u001B(?!\[[0-9;]*m)|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

export function tame(text: string): string {
  return text.replace(STEERING, "");
}

export function openOutput(options: OutputOptions): Output {
  const { stdout, stderr, format, quiet, verbose } = options;
  const gone = new AbortController();
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === stdout) gone.abort();
    });
  }
  const view = (stream: Stream): View => ({
    style: styleFor(options.color === "always" || (options.color === "auto" && stream.isTTY === true && !options.dumb)),
    columns: stream.isTTY === true ? (stream.columns ?? 80) : null,
  });
  const complain = (words: string) => void stderr.write(words);
  const dataView = view(stdout);
  const noteView = view(stderr);
  function raw(text: string): void {
    if (!gone.signal.aborted && text !== "") stdout.write(text);
  }
  return {
    format,
    quiet,
    verbose,
    live: stderr.isTTY === true && !options.dumb && !quiet,
    view: dataView,
    noteView,
    closed: gone.signal,
    raw,
    complain,
    note: (forPeople) => {
      if (!quiet) complain(tame(typeof forPeople === "string" ? forPeople : forPeople(noteView)));
    },
    detail: (text) => {
      if (verbose) complain(`${noteView.style.dim(tame(text))}\n`);
    },
    show: async (data, forPeople) => {
      if (format === "json") raw(`${JSON.stringify(data, null, 2)}\n`);
      else if (format === "yaml") raw((await import("./yaml-text.ts")).yamlText(data));
      else raw(tame(forPeople(dataView)));
    },
  };
}
