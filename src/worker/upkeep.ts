import { setTimeout as pause } from "node:timers/promises";
import { Logger, parseCronItems, run, type Runner } from "graphile-worker";
import type { AlertWork } from "#alert";
import { accrueStanding, ledgerVerifications, turnAlarms, turnAwards, type Ledger } from "#budget";
import { noteRun, VERIFY_CONNECTIONS, verifyAll, withoutTimeLimit, type Database } from "#db";
import { clearFolders, clearMarkers, LOCAL_POOL, recoverOrphans, type JobLog } from "#job";
import { elapsed, type Clock } from "#kernel";
import { reportVerifications, rollUpUsage } from "#report";

export type UpkeepPorts = {
  readonly db: Database;
  readonly databaseUrl: () => string;
  readonly ledger: Ledger;
  readonly alerts: Pick<AlertWork, "measure">;
  readonly clock: Clock;
  readonly log: JobLog;
  readonly stateFolder: string;
  readonly keepFoldersDays: number;
};

export type Upkeep = { stop(): Promise<void> };

/** How long to wait before the runner is started again after the database went away. */
const AGAIN_MS = 5_000;

/** Connections of the runner: one that listens, one that works. */
const CONNECTIONS = 2;

/**
 * What has to be done now and then, whoever is there to do it: graphile-worker keeps the times in the database, so that of several processes one
 * does it, and a turn that was missed while none ran is made good. Dispatching jobs is not here: it has a loop of its own.
 */
export function startUpkeep(ports: UpkeepPorts): Upkeep {
  const stopping = new AbortController();
  let runner: Runner | null = null;

  async function keepOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await recoverOnce(ports);
        runner = await startRunner(ports);
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (error) {
        ports.log.warn({ err: error }, "upkeep was interrupted and begins again");
      }
      runner = null;
      await pause(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const over = keepOn();
  return {
    stop: async () => {
      stopping.abort();
      await runner?.stop().catch((error: unknown) => ports.log.warn({ err: error }, "upkeep did not stop in order"));
      await over;
    },
  };
}

/** What a process that was killed left between money and work is put right whenever upkeep begins. */
async function recoverOnce(ports: UpkeepPorts): Promise<void> {
  const found = await recoverOrphans({ ...ports, pool: LOCAL_POOL }, { person: "headgate", source: "worker" });
  tell(ports, "reservations and jobs that did not agree were put right", found.filter(({ done }) => done).length);
  for (const { kind, number, holdId, code } of found) if (code !== null) ports.log.warn({ kind, job: number, hold: holdId, code }, "an orphan needs a person");
}

function startRunner(ports: UpkeepPorts): Promise<Runner> {
  return run({
    connectionString: ports.databaseUrl(),
    maxPoolSize: CONNECTIONS,
    concurrency: 1,
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === "error") ports.log.error({ part: "upkeep" }, message);
      else if (level === "warning") ports.log.warn({ part: "upkeep" }, message);
    }),
    taskList: {
      expire_holds: () => eachMinute(ports),
      turn_awards: async () => tell(ports, "awards: released what was due, closed periods that were over", await turnAwards({ ...ports, source: "worker" })),
      accrue_standing: async () => tell(ports, "days of standing costs were charged", await accrueStanding({ ...ports, source: "worker" })),
      roll_up_usage: async () => tell(ports, "batches of the journal were added to the sums of usage", await rollUpUsage(ports.db)),
      turn_alarms: async () => tell(ports, "alarms of overhead accounts were raised or cleared", await turnAlarms(ports.db, "worker", ports.clock.now())),
      measure_alerts: async () => tell(ports, "alerts of forecasts and anomalies rang or were cleared", await ports.alerts.measure()),
      clear_folders: async () => tell(ports, "folders of old jobs were removed", await clearFolders(ports, ports.keepFoldersDays)),
      verify_books: () => verifyBooks(ports),
      clear_markers: async () => tell(ports, "start markers that nobody needs were removed", clearMarkers(ports)),
    },
    parsedCronItems: parseCronItems([
      { task: "expire_holds", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "roll_up_usage", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "turn_awards", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "accrue_standing", match: "*/5 * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "turn_alarms", match: "*/5 * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "measure_alerts", match: "4,14,24,34,44,54 * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
      { task: "clear_folders", match: "17 * * * *", options: { backfillPeriod: 86_400_000, maxAttempts: 3 } },
      { task: "verify_books", match: "23 2 * * *", options: { backfillPeriod: 86_400_000, maxAttempts: 1 } },
      { task: "clear_markers", match: "43 3 * * *", options: { backfillPeriod: 86_400_000, maxAttempts: 3 } },
    ]),
  });
}

/** The metrics see by its note that upkeep goes on. */
async function eachMinute(ports: UpkeepPorts): Promise<void> {
  const began = ports.clock.now();
  tell(ports, "reservations whose time was over were given back", await ports.ledger.expireHolds());
  await noteRun(ports.db, "upkeep", { at: ports.clock.now(), took: elapsed(began, ports.clock.now()), fault: null });
}

/** What headgate db verify does, once a night: a changed bit is to be found within a day, not at the next audit. */
async function verifyBooks(ports: UpkeepPorts): Promise<void> {
  const results = await withoutTimeLimit(
    ports.databaseUrl,
    (own) => verifyAll(own, [...ledgerVerifications(), ...reportVerifications()], ports.clock),
    VERIFY_CONNECTIONS,
  );
  for (const { name, faults } of results) for (const fault of faults) ports.log.error({ check: name, fault }, "the books are not right");
}

function tell(ports: UpkeepPorts, words: string, count: number): void {
  if (count > 0) ports.log.info({ count }, words);
}
