import type { Ledger } from "#budget";
import type { Database } from "#db";
import type { Clock, Instant, Randomness } from "#kernel";
import type { JobFacts, PoolFacts } from "../dispatch-store.ts";
import type { ControlFiles } from "../local/control-files.ts";
import type { RunAs } from "../local/environment.ts";
import type { Keeper } from "../local/keeper.ts";
import type { Launcher } from "../local/launcher.ts";
import type { MemoryFence } from "../local/memory-fence.ts";
import type { ProcessId, Processes } from "../local/processes.ts";
import type { KeptFile } from "../local/stage.ts";
import type { JobApps, Pricing } from "../ports.ts";

/** Where the worker's words go; pino's loggers fit. */
export type JobLog = {
  info(facts: object, words: string): void;
  warn(facts: object, words: string): void;
  error(facts: object, words: string): void;
};

/** Everything a dispatcher works with. */
export type DispatchContext = {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly apps: Pick<JobApps, "layOut" | "judge">;
  readonly pricing: Pick<Pricing, "charge">;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: JobLog;
  readonly pool: PoolFacts;
  readonly processes: Processes;
  readonly files: ControlFiles;
  readonly fence: MemoryFence;
  readonly keeper: Keeper;
  readonly launcher: Launcher;
  /** `jobs/` of the state folder. */
  readonly jobsFolder: string;
  readonly runAs: RunAs | null;
};

/** The start of a process as its marker tells it. */
export type Begun = ProcessId & { readonly startedAt: Instant; readonly wallMs: number; readonly uptimeMs: number };

/** An attempt that has been claimed and has not ended in the database yet. It occupies its cores and memory all that time. */
export type Attempt = {
  readonly token: string;
  readonly job: JobFacts;
  readonly index: number | null;
  readonly attempt: number;
  readonly attemptsEnded: number;
  readonly folder: string;
  readonly claimedAt: Instant;
  /** `staging` has no process yet; `launched` may have; `ending` is being looked at or written down. */
  phase: "staging" | "launched" | "ending";
  inputs: readonly KeptFile[];
  begun: Begun | null;
  runningIsCommitted: boolean;
  /** Seen by the parent alone: the wrapper has ended, or could not be made. */
  gone: { readonly code: number | null; readonly error: string | null } | null;
  /** Whether this dispatcher launched it, so that its parent tells how it went. */
  readonly launchedHere: boolean;
  /** Since when its process is known to be gone without a word of its outcome. */
  deadSince: Instant | null;
  lastSeenAt: Instant | null;
  cancelled: { readonly by: string; readonly reason: string | null } | null;
  /** Why Headgate itself stops it. */
  stopReason: string | null;
  /** When it was asked to stop, to know when asking has to end. */
  stopAskedAt: Instant | null;
  /** Since when what it left behind is being ended. */
  tidyingSince: Instant | null;
  /** Its boot is over: nothing of it can be alive. */
  readonly earlierBoot: boolean;
};

/** Who the journal names for what recovery finds out. */
export const WORKER = "worker";
export const RECOVERY = "recovery";
