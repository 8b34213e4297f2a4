import type { Config, ResolvedConfig, Surroundings } from "#config";
import type { Clock } from "#kernel";
import type { Client } from "./client.ts";
import type { GlobalValues } from "./global-flags.ts";
import type { Output } from "./output.ts";
import type { Wire } from "./ports.ts";
import type { Progress } from "./progress.ts";

/** What a command is given. Whatever costs time to load is behind a function. */
export type Context = {
  readonly output: Output;
  readonly progress: Progress;
  readonly config: Config;
  readonly resolved: ResolvedConfig;
  readonly surroundings: Surroundings;
  readonly shared: GlobalValues;
  /** The folder of the package. */
  readonly root: string;
  readonly version: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C and by the wish of the system to end; a second Ctrl-C ends at once. A command that does not look at it is simply ended by the first. */
  readonly signal: AbortSignal;
  /** Ends the process whatever still goes on in it. */
  exitAtOnce(code: number): void;
  /** The server. Throws `server.not-running` and `server.no-token` when there is none to talk to. */
  client(): Promise<Client>;
  /** The real parts, for commands that work without a server. */
  wire(): Promise<Wire>;
  /** Asks for a yes; see confirm.ts. */
  confirm(consequence: string): Promise<void>;
  /** Reads all of stdin as text, at most 1 MiB. */
  readStdin(): Promise<string>;
};
