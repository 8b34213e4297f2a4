import type { Config } from "#config";
import type { DatabaseService, Verification } from "#db";
import type { Demonstrated, DemonstrationJob } from "./demonstration.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";

/**
 * What the terminal needs of the real parts. `src/wire.ts` builds them and gives them as `wire`; it is loaded only by the commands
 * that work without a server.
 */
export type Running = {
  readonly config: Config;
  readonly output: Output;
  readonly progress: Progress;
  /** Ends it: everything is stopped in order, then the promise resolves. */
  readonly signal: AbortSignal;
};

export type StartOptions = {
  readonly once: boolean;
  readonly install: boolean;
  /** Sends one simulation down the main road of the server that runs on the state folder, and tells each step; null when it waits for other jobs. */
  demonstrate(job: DemonstrationJob): Promise<Demonstrated | null>;
  /** Numbers of the jobs that run now on that server; none when it does not answer. */
  runningJobs(): Promise<readonly string[]>;
};

/** How `headgate start` ended: its exit code, and what had not ended in time and may keep the process from ending. */
export type Started = { readonly code: number; readonly left: readonly string[] };

/** The database of the settings for `headgate db`: the embedded one runs until `close`. */
export type DatabaseTools = {
  readonly service: DatabaseService;
  /** What the rooms promise about their tables. */
  readonly verifications: readonly Verification[];
  close(): Promise<void>;
};

export type Wire = {
  /** `headgate server`: serves until the signal, with the worker inside unless `worker` is false. */
  serve(running: Running, options: { worker: boolean }): Promise<void>;
  /** `headgate worker`: background work alone, on the database of the settings. */
  work(running: Running): Promise<void>;
  /** `headgate start`: the laboratory, the demonstration, and staying up. */
  start(running: Running, options: StartOptions): Promise<Started>;
  /** The database of the settings; the embedded one is started when it does not run. Applies no migration. */
  openDatabaseTools(running: Running): Promise<DatabaseTools>;
};
