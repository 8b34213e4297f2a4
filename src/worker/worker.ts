import type { AlertWork } from "#alert";
import type { Ledger } from "#budget";
import type { Database } from "#db";
import { readSystemUser, startExecutor, type ExecutorStatus, type JobApps, type JobLog, type Pricing } from "#job";
import type { Clock, MiB, Randomness } from "#kernel";
import { stopInTime } from "./stop-in-time.ts";
import { startAlerting } from "./alerting.ts";
import { startUpkeep } from "./upkeep.ts";

export type WorkerPorts = {
  readonly db: Database;
  /** Asked anew for each connection that the worker opens for itself. */
  readonly databaseUrl: () => string;
  readonly ledger: Ledger;
  readonly apps: Pick<JobApps, "layOut" | "judge">;
  readonly pricing: Pick<Pricing, "charge">;
  readonly alerts: AlertWork;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: JobLog;
};

export type WorkerSettings = {
  readonly stateFolder: string;
  /** Cores and memory for jobs. Default: what the machine has, memory less a part for the system. */
  readonly cores?: number | null;
  readonly memory?: MiB | null;
  /** The user that jobs run as when Headgate is root. */
  readonly user?: string | null;
  readonly otherMachineIsGone?: boolean;
  /** Days that the folder of a settled job is kept. Default 90. */
  readonly keepFoldersDays?: number;
};

export type Worker = {
  status(): ExecutorStatus;
  /** Resolves when this process starts jobs; never, while another one does. */
  readonly ready: Promise<void>;
  /** Starts nothing more and ends, within a bounded time also when the database is gone: what had not ended by then is named. Jobs that run go on; the next worker finds them. */
  stop(): Promise<readonly string[]>;
};

const KEEP_FOLDERS_DAYS = 90;

/**
 * The work behind the server: starts jobs and follows them, settles them, takes up what an earlier worker left, and tidies. Inside the server by
 * default, or a process of its own; with several, one starts jobs and the others stand by.
 */
export async function startWorker(ports: WorkerPorts, settings: WorkerSettings): Promise<Worker> {
  const runAs = settings.user === undefined || settings.user === null || process.getuid?.() !== 0 ? null : await readSystemUser(settings.user);
  const executor = await startExecutor({
    ...ports,
    stateFolder: settings.stateFolder,
    runAs,
    ...(settings.cores === undefined || settings.cores === null ? {} : { cores: settings.cores }),
    ...(settings.memory === undefined || settings.memory === null ? {} : { memory: settings.memory }),
    ...(settings.otherMachineIsGone === undefined ? {} : { otherMachineIsGone: settings.otherMachineIsGone }),
  });
  const upkeep = startUpkeep({ ...ports, stateFolder: settings.stateFolder, keepFoldersDays: settings.keepFoldersDays ?? KEEP_FOLDERS_DAYS });
  const alerting = startAlerting(ports);
  return {
    status: executor.status,
    ready: executor.ready,
    stop: () =>
      stopInTime(
        [
          { name: "upkeep", stop: upkeep.stop },
          { name: "alerting", stop: alerting.stop },
          { name: "dispatching", stop: executor.stop },
        ],
        ports.log,
      ),
  };
}
