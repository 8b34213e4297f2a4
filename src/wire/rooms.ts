import { join } from "node:path";
import { openAccess, readIssuers, type Access, type Subject } from "#access";
import { estimateRunTime } from "#advice";
import type { AlertWork } from "#alert";
import { appFolders, appHandlers, appService, modelSeconds, openCatalogue, requireApp, type Catalogue, type ParameterValues } from "#app";
import { appRoutes } from "#app/contract";
import { asbbHandlers, openAsbb } from "#asbb";
import { asbbRoutes } from "#asbb/contract";
import { budgetHandlers, openAccounts, openBudget, openLedger, type Accounts, type Ledger } from "#budget";
import { budgetRoutes } from "#budget/contract";
import type { Config } from "#config";
import { appliedMigrations, packageRoot, readMigrations, migrationsFolder, VERIFY_CONNECTIONS, withoutTimeLimit, type Database, type OpenDatabase } from "#db";
import {
  jobApps,
  jobHandlers,
  jobOwners,
  LOCAL_POOL,
  machineHandlers,
  orphanHandlers,
  readRunTimes,
  type JobApps,
  type JobRights,
  type Pricing,
  type RunEstimator,
} from "#job";
import { jobRoutes, machineRoutes, orphanRoutes } from "#job/contract";
import { Problem, type Clock, type Randomness } from "#kernel";
import { openReports, reportHandlers, reportVerifications } from "#report";
import { reportRoutes } from "#report/contract";
import { mount, type GaugePort, type Mounted, type ReadyCheck } from "#server";
import { wireAhead } from "./ahead.ts";
import { gauges } from "./gauges.ts";
import { wirePricing } from "./pricing.ts";
import { tellingLedger } from "./telling.ts";
import { watchedLedger } from "./watching.ts";
import type { Postgres } from "./postgres.ts";

export type RoomsOptions = {
  readonly config: Config;
  readonly postgres: Postgres;
  readonly ownerTokenHash: Uint8Array;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** The door, for the journal. */
  readonly source: string;
  /** The PATH on which programs of jobs are looked for. */
  readonly path: string;
  /** Where a refused reservation is told. */
  readonly say: (facts: object, words: string) => void;
};

export type Rooms = {
  readonly db: OpenDatabase;
  readonly access: Access;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly catalogue: Catalogue;
  readonly apps: JobApps;
  readonly pricing: Pricing;
  readonly alerts: AlertWork;
  readonly mounted: readonly Mounted[];
  readonly gauges: readonly GaugePort[];
  ready(worker: { status(): { state: string; words: string } } | null): readonly ReadyCheck[];
  readonly subjects: {
    job(ids: readonly string[]): Promise<ReadonlyMap<string, Extract<Subject, { kind: "job" }>>>;
    budget(ids: readonly string[]): Promise<ReadonlyMap<string, Extract<Subject, { kind: "account" }>>>;
  };
  /** Lets what the ledger has taken be answered. The database stays open. */
  close(): Promise<void>;
};

/** How far back run times are looked at. */
const PAST_RUNS_MAX = 200;

/** Opens every room on one database and hands them to each other. */
export async function openRooms(options: RoomsOptions): Promise<Rooms> {
  const { config, postgres, clock, randomness, source } = options;
  const { db } = postgres;
  const accounts = openAccounts({ db, clock, source });
  const access = await openAccess({ db, clock, randomness, accounts }, options.ownerTokenHash, { issuers: await issuersOf(config), say: options.say });
  const watched = watchedLedger(openLedger(db, clock, { source, randomness }), options.say);
  const ledger = tellingLedger(watched.ledger, db);
  const folders = appFolders({ catalogue: join(packageRoot, "apps"), user: config.apps.folder, paths: config.apps.path });
  const catalogue = await openCatalogue(folders);
  const [apps, pricing, rights] = [jobApps(catalogue, options.path), wirePricing(db), jobRights(access, accounts)];
  const budget = openBudget({
    db,
    clock,
    source,
    ledger,
    people: access.people,
    verifications: reportVerifications(),
    withoutTimeLimit: (work) => withoutTimeLimit(() => postgres.url(), work, VERIFY_CONNECTIONS),
  });
  const ahead = wireAhead({ db, clock, randomness, source, accounts, access }, config.alerts);
  const jobPorts = {
    db,
    ledger,
    apps,
    pricing,
    estimator: estimator(db, catalogue),
    rights,
    clock,
    randomness,
    pool: LOCAL_POOL,
    wouldHold: accounts.wouldHold,
  };
  return {
    db,
    access,
    accounts,
    ledger,
    catalogue,
    apps,
    pricing,
    alerts: ahead.work,
    gauges: [...gauges(db), ...watched.figures],
    mounted: [
      ...mount(appRoutes, appHandlers(appService({ folders, catalogue, path: options.path }))),
      ...mount(budgetRoutes, budgetHandlers(budget)),
      ...mount(asbbRoutes, asbbHandlers(openAsbb({ db, clock, budget, alerts: ahead.alerts }))),
      ...mount(reportRoutes, reportHandlers(openReports({ db, clock, accounts, people: access.people }))),
      ...ahead.mounted,
      ...mount(jobRoutes, jobHandlers(jobPorts)),
      ...mount(orphanRoutes, orphanHandlers({ ...jobPorts, pool: LOCAL_POOL })),
      ...mount(machineRoutes, machineHandlers({ db, clock })),
    ],
    ready: (worker) => readyChecks(db, worker),
    subjects: {
      job: (ids) => jobSubjects(db, accounts, ids),
      budget: (ids) => accountSubjects(accounts, ids),
    },
    close: () => ledger.close(),
  };
}

async function issuersOf({ server }: Config) {
  return server.issuers === null ? [] : await readIssuers(server.issuers);
}

function jobRights(access: Access, accounts: Accounts): JobRights {
  return {
    viewer: (person) => access.people.viewer(person),
    accountPath: (account) => accounts.pathOf(account),
    defaultProject: async (name) => {
      const viewer = await access.people.current(name);
      return viewer === null ? null : accounts.defaultOf(viewer);
    },
  };
}

function estimator(db: Database, catalogue: Catalogue): RunEstimator {
  return {
    estimate: async ({ app, case: caseName, parameters, parametersHash, cores, timeLimit }) => {
      const past = app === null ? [] : await readRunTimes(db, { app, case: caseName, limit: PAST_RUNS_MAX });
      const model = app === null ? undefined : requireApp(catalogue, app).file.run_time;
      // Parameters of jobs have been through the app's own types.
      const scaling =
        model === undefined
          ? null
          : {
              spread: model.spread,
              seconds: (values: Readonly<Record<string, unknown>>, count: number) => modelSeconds(model, values as ParameterValues, count),
            };
      return estimateRunTime(past, { parametersHash, parameters, cores, timeLimit, scaling });
    },
  };
}

async function accountSubjects(accounts: Accounts, names: readonly string[]): Promise<Map<string, Extract<Subject, { kind: "account" }>>> {
  const found = await Promise.all(names.map(async (name) => [name, await accounts.pathOf(name)] as const));
  return new Map(found.flatMap(([name, path]) => (path === null ? [] : [[name, { kind: "account" as const, path }] as const])));
}

async function jobSubjects(db: Database, accounts: Accounts, numbers: readonly string[]): Promise<Map<string, Extract<Subject, { kind: "job" }>>> {
  const owners = await jobOwners(db, numbers);
  const found = [...owners].map(
    async ([number, { owner, project }]) => [number, { kind: "job" as const, owner, path: (await accounts.pathOf(project)) ?? [project] }] as const,
  );
  return new Map(await Promise.all(found));
}

function readyChecks(db: Database, worker: { status(): { state: string; words: string } } | null): ReadyCheck[] {
  const checks: ReadyCheck[] = [
    {
      name: "database",
      check: async () => {
        await db.query({ text: "select 1", readOnly: true });
        return "answers";
      },
    },
    {
      name: "migrations",
      check: async () => {
        const [applied, known] = [(await appliedMigrations(db)).length, readMigrations(migrationsFolder).length];
        if (applied !== known) throw new Problem("server.not-ready", { detail: `${applied} of ${known} migrations are applied` });
        return "current";
      },
    },
  ];
  if (worker === null) return checks;
  return [
    ...checks,
    {
      name: "worker",
      check: async () => {
        const { state, words } = worker.status();
        if (state !== "dispatching" && state !== "standing-by") throw new Problem("server.not-ready", { detail: words });
        return words;
      },
    },
  ];
}
