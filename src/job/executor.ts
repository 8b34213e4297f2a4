import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Ledger } from "#budget";
import { takeSessionLock, type Database, type SessionLock } from "#db";
import { milliseconds, Problem, type Clock, type MiB, type Randomness } from "#kernel";
import { takePool, type PoolFacts } from "./dispatch-store.ts";
import type { DispatchContext, JobLog } from "./dispatch/context.ts";
import { dispatch, type Dispatching } from "./dispatch/dispatcher.ts";
import { openControlFiles } from "./local/control-files.ts";
import type { RunAs } from "./local/environment.ts";
import { openKeeper } from "./local/keeper.ts";
import { openLauncher } from "./local/launcher.ts";
import { readMachine } from "./local/machine.ts";
import { makeReachable } from "./local/reachable.ts";
import { openMemoryFence, type MemoryFence } from "./local/memory-fence.ts";
import { holdLeftJobs } from "./hold-job.ts";
import { linuxProcesses, type Processes } from "./local/processes.ts";
import type { JobApps, Pricing } from "./ports.ts";
import { takeFault, type Repeated } from "./repeated.ts";

/** The pool of the machine that Headgate runs on. */
export const LOCAL_POOL = "local";

/** What submitting and cancelling tell the dispatcher through. */
export const WORK_CHANNEL = "job_work";

export type ExecutorPorts = {
  readonly db: Database;
  /** For the connection that the pool's lock lives on; asked anew for each, because an embedded server may come back on another port. */
  readonly databaseUrl: () => string;
  readonly ledger: Ledger;
  readonly apps: Pick<JobApps, "layOut" | "judge">;
  readonly pricing: Pick<Pricing, "charge">;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: JobLog;
  /** The state folder; jobs live in `jobs/`, control files in `run/` below it. */
  readonly stateFolder: string;
  /** Default: what the machine has. A benchmark may pretend more. */
  readonly cores?: number;
  readonly memory?: MiB;
  readonly runAs?: RunAs | null;
  /** A machine that had the pool is gone for good: what it was running counts as lost. */
  readonly otherMachineIsGone?: boolean;
  /** For tests: a machine that was started anew, a system without memory limits. */
  readonly processes?: Processes;
  readonly fence?: MemoryFence;
};

export type ExecutorStatus = {
  /** `dispatching`: this process starts jobs. `standing-by`: another one does. `away`: the database does not answer. */
  readonly state: "starting" | "dispatching" | "standing-by" | "away" | "stopped";
  readonly words: string;
  readonly pool: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly memoryLimits: string;
  readonly running: number;
};

export type Executor = {
  status(): ExecutorStatus;
  /** Resolves when it dispatches for the first time. */
  readonly ready: Promise<void>;
  /** What runs goes on; what was about to start goes back to the queue. */
  stop(): Promise<void>;
};

/** How long to wait before the pool is tried again: another dispatcher's lock, or a database that was away. */
const AGAIN_MS = 1_000;

/** An interruption that comes again and again is logged once in this. */
const TOLD_EVERY_MS = milliseconds(60_000);

/** How often submissions are looked for that their server left between writing them down and the ledger's answer. */
const HOLD_LEFT_EVERY_MS = 10_000;

/** Starts the local executor: it takes the pool as soon as nobody else has it, and again whenever it was lost. Several processes may do so; one dispatches. */
export async function startExecutor(ports: ExecutorPorts): Promise<Executor> {
  const context = await makeContext(ports);
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let state: ExecutorStatus["state"] = "starting";
  let words = "not started yet";
  let current: Dispatching | null = null;
  const unlisten = await ports.db.listen(WORK_CHANNEL, () => current?.poke());
  if (context.runAs === null && process.getuid?.() === 0) ports.log.warn({}, "jobs run as root: name an unprivileged account for them");

  async function period(): Promise<void> {
    const lock = await takeSessionLock({ url: ports.databaseUrl(), name: `dispatcher of ${context.pool.name}`, applicationName: "headgate dispatcher" });
    if (lock === null) {
      [state, words] = ["standing-by", "another worker starts the jobs"];
      return;
    }
    const left = setInterval(() => void holdLeft(), HOLD_LEFT_EVERY_MS);
    try {
      current = await begin(context, lock, ports.otherMachineIsGone ?? false);
      [state, words] = ["dispatching", "starting jobs"];
      ready.resolve();
      if (stopping.signal.aborted) await current.stop();
      await current.over;
    } finally {
      clearInterval(left);
      current = null;
      await lock.release();
    }
  }

  /** A submission that its server did not bring to an end: one that fails is tried again at the next turn. */
  async function holdLeft(): Promise<void> {
    try {
      const count = await holdLeftJobs(ports, context.pool.name);
      if (count > 0) ports.log.warn({ count }, "took up submissions that had been left without an answer");
    } catch (error) {
      ports.log.warn({ err: error }, "submissions that were left could not be taken up");
    }
  }

  let interrupted: Repeated | null = null;
  /** A folder or a database that stays away interrupts at every turn. */
  function tellInterrupted(error: unknown): void {
    const { after, told } = takeFault(interrupted, ports.clock.now(), TOLD_EVERY_MS);
    interrupted = after;
    if (told !== null) ports.log.error({ err: error, pool: context.pool.name, times: told }, "dispatching was interrupted; what runs goes on");
  }

  async function keepOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await period();
      } catch (error) {
        [state, words] = ["away", error instanceof Problem ? error.detail : String(error)];
        tellInterrupted(error);
      }
      await pause(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const over = keepOn();
  return {
    ready: ready.promise,
    status: () => ({
      state,
      words,
      pool: context.pool.name,
      cores: context.pool.cores,
      memory: context.pool.memory,
      memoryLimits: context.fence.words,
      running: current?.running() ?? 0,
    }),
    stop: async () => {
      stopping.abort();
      await current
        ?.stop()
        .catch((error: unknown) => ports.log.error({ err: error }, "stopping the dispatcher met a fault; the next start takes up what is left"));
      await over;
      context.launcher.close();
      await unlisten();
      state = "stopped";
    },
  };
}

async function begin(context: DispatchContext, lock: SessionLock, otherMachineIsGone: boolean): Promise<Dispatching> {
  const taken = await takePool(context.db, context.pool, context.clock.now(), otherMachineIsGone);
  if (taken === null) throw new Problem("job.pool-elsewhere", { detail: `jobs of the pool ${context.pool.name} may still run on another machine` });
  context.log.info(
    { pool: context.pool.name, epoch: String(taken.epoch), cores: context.pool.cores, memory_mib: context.pool.memory, memory_limits: context.fence.words },
    "dispatching",
  );
  return dispatch(context, taken, lock.lost);
}

async function makeContext(ports: ExecutorPorts): Promise<DispatchContext> {
  const processes = ports.processes ?? linuxProcesses;
  const machine = readMachine();
  if (ports.runAs !== undefined && ports.runAs !== null) await makeReachable(ports.stateFolder, ports.runAs);
  const files = openControlFiles(join(ports.stateFolder, "run"));
  const fence = ports.fence ?? (await openMemoryFence(files.folder));
  const pool: PoolFacts = {
    name: LOCAL_POOL,
    cores: ports.cores ?? machine.cores,
    memory: ports.memory ?? machine.memory,
    host: machine.host,
    machine: machine.machine,
    bootId: processes.bootId(),
    memoryEnforced: fence.words,
  };
  return {
    db: ports.db,
    ledger: ports.ledger,
    apps: ports.apps,
    pricing: ports.pricing,
    clock: ports.clock,
    randomness: ports.randomness,
    log: ports.log,
    pool,
    processes,
    files,
    fence,
    keeper: openKeeper(files, processes),
    launcher: openLauncher(files),
    jobsFolder: join(ports.stateFolder, "jobs"),
    runAs: ports.runAs ?? null,
  };
}
