import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAccounts, openLedger, type Ledger } from "#budget";
import { divideRounded, mib, micros, systemClock, systemRandomness, type Clock, type Micros, type Milliseconds, type Person } from "#kernel";
import { startExecutor, submitJob, type Executor, type ExecutorPorts, type JobApps, type JobLog, type Pricing, type SubmitPorts } from "#job";
import { freshDatabase, type FreshDatabase } from "./postgres.ts";

/** A stand-in for the app room where only plain commands are run. */
export const NO_APPS: JobApps = {
  names: () => [],
  find: () => undefined,
  layOut: () => Promise.resolve(),
  judge: () => Promise.resolve({ ok: true, reason: "", values: [] }),
};

/** One millionth of a dollar for each core and second, so that charges can be reckoned in the head; rounded as the real ones are. */
export const TEST_PRICING: Pricing = {
  quote: async ({ cores, timeLimit, grace, times }) => ({
    amount: micros(BigInt(times * Math.ceil((cores * (timeLimit * 1000 + grace)) / 1000))),
    unit: "USD",
    formula: [
      {
        resource: "core",
        count: cores,
        spans: [{ name: "time limit", ms: timeLimit * 1000 }],
        times,
        rate: "0.0036",
        free: null,
        source: "test rate",
        dated: null,
        rounding: "up",
        amount: "0.00",
      },
    ],
    words: `${cores} cores x (${timeLimit} s time limit + ${grace / 1000} s grace)`,
    free: null,
  }),
  charge: ({ formula, elapsed }) => ({
    amount: micros(divideRounded(BigInt(formula[0]!.resource === "service-unit" ? 0 : formula[0]!.count) * BigInt(elapsed), 1000n, "half-even")),
    words: `${elapsed} ms`,
  }),
};

export type JobsBed = {
  readonly database: FreshDatabase;
  readonly ledger: Ledger;
  /** What the account materials has spent and holds, in millionths. */
  money(): Promise<{ spent: bigint; held: bigint; overrun: bigint }>;
  readonly stateFolder: string;
  readonly log: string[];
  /** Set anew by tests that submit with other parts. */
  submitPorts: SubmitPorts;
  /** Submits a job file and gives its number. */
  submit(text: string, person?: string): Promise<string>;
  start(options?: Partial<ExecutorPorts>): Promise<Executor>;
  /** Waits until a job is settled (or in one of `states`), without pausing: it listens to the journal. */
  until(number: string, states?: readonly string[]): Promise<void>;
  row<T = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<T>;
  close(): Promise<void>;
};

/** A worker of the job room on a real PostgreSQL, with real processes; price and apps are stand-ins. */
export async function jobsBed(options: { cores?: number; limit?: Micros; grace?: Milliseconds; clock?: Clock } = {}): Promise<JobsBed> {
  const database = await freshDatabase();
  const stateFolder = mkdtempSync(join(tmpdir(), "headgate-jobs-"));
  const log: string[] = [];
  const write = (level: string) => (facts: object, words: string) =>
    void log.push(`${level} ${words} ${JSON.stringify(facts, (_key, value: unknown) => (value instanceof Error ? value.stack : value))}`);
  const jobLog: JobLog = { info: write("info"), warn: write("warn"), error: write("error") };
  const clock = options.clock ?? systemClock;
  const accounts = openAccounts({ db: database.db, clock, source: "test" });
  await accounts.ensure(
    { name: "materials", title: null, kind: "project", parent: null, allocated: options.limit ?? micros(1_000_000_000n), startsAt: null, endsAt: null },
    "owner",
  );
  const ledger = openLedger(database.db, clock, { source: "test" });
  const executors: Executor[] = [];
  const submitPorts: SubmitPorts = {
    db: database.db,
    ledger,
    apps: NO_APPS,
    pricing: TEST_PRICING,
    clock,
    randomness: systemRandomness,
    pool: "local",
    ...(options.grace === undefined ? {} : { grace: options.grace }),
    estimator: { estimate: () => Promise.resolve({ low: null, likely: null, high: null, basis: "nothing is known" }) },
    rights: {
      viewer: (person: Person) => Promise.resolve({ name: person.name, admin: true, memberships: [] }),
      accountPath: (account) => Promise.resolve([account]),
      defaultProject: () => Promise.resolve("materials"),
    },
  };
  let submitted = 0;
  const bed: JobsBed = {
    database,
    ledger,
    stateFolder,
    log,
    submitPorts,
    submit: async (text, person = "maria") => {
      submitted += 1;
      const { number } = await submitJob(
        bed.submitPorts,
        { name: person, admin: false },
        { file: "job.yaml", text, folder: stateFolder },
        { key: `bed-${submitted}`, retryOf: null },
      );
      return number;
    },
    start: async (more = {}) => {
      const executor = await startExecutor({
        db: database.db,
        databaseUrl: () => database.url,
        ledger,
        apps: NO_APPS,
        pricing: TEST_PRICING,
        clock,
        randomness: systemRandomness,
        log: jobLog,
        stateFolder,
        cores: options.cores ?? 4,
        memory: mib(16_384),
        ...more,
      });
      executors.push(executor);
      return executor;
    },
    until: (number, states = ["settled", "refused"]) => untilState(database, number, states, log),
    money: async () => {
      const [row] = await database.db.query<{ spent: bigint; held: bigint; overrun: bigint }>(
        "select b.spent, b.held, b.overrun from headgate.balance b join headgate.account a on a.id = b.node_id where a.name = 'materials'",
      );
      return row!;
    },
    row: async <T>(text: string, params?: readonly unknown[]) => (await database.db.query<T>(text, params))[0] as T,
    close: async () => {
      for (const executor of executors) await executor.stop();
      await ledger.close();
      rmSync(stateFolder, { recursive: true, force: true });
      await database.drop();
    },
  };
  return bed;
}

/** Nothing in these tests takes half a minute; a job that has not got there by then is stuck. */
const UNTIL_MS = 30_000;

async function untilState({ db }: FreshDatabase, number: string, states: readonly string[], log: readonly string[]): Promise<void> {
  const reached = async () => {
    const [row] = await db.query<{ state: string }>("select state from headgate.job where number = $1", [number]);
    return row !== undefined && states.includes(row.state);
  };
  const done = Promise.withResolvers<void>();
  const late = setTimeout(
    () =>
      void db
        .query("select * from headgate.job_event order by id")
        .then((rows) =>
          done.reject(
            new Error(`job ${number} is stuck\n${JSON.stringify(rows, (_k, v: unknown) => (typeof v === "bigint" ? String(v) : v))}\n${log.join("\n")}`),
          ),
        ),
    UNTIL_MS,
  );
  const look = () => void reached().then((yes) => yes && done.resolve(), done.reject);
  const unlisten = await db.listen("job_changed", look);
  try {
    look();
    await done.promise;
  } finally {
    clearTimeout(late);
    await unlisten();
  }
}

/** A moment to kill something at. Not a wait for anything: the moment itself is what is random. */
export function momentLater(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
