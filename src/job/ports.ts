import type { Viewer } from "#access";
import type { Instant, MiB, Micros, Milliseconds, MoneyUnit, Person, ProblemCode, Seconds } from "#kernel";
import type { FormulaTerm } from "#price";

/*
 * What the job room needs from others, named by the need. `wire.ts` hands the real parts in.
 */

/** The codes that can be run, as the job room sees them; `jobApps` makes it from the app room's catalogue. */
export type JobApps = {
  names(): readonly string[];
  find(name: string): JobApp | undefined;
  /** Lays what a plan renders and installs into a working folder. Throws Problem when something it needs is not on this machine. */
  layOut(plan: unknown, folder: string): Promise<void>;
  /** Decides by what was computed, not by the exit code alone. */
  judge(
    plan: unknown,
    where: { readonly folder: string; readonly log: string },
    end: { readonly exitCode: number | null; readonly signal: string | null },
  ): Promise<Verdict>;
};

export type JobApp = {
  readonly name: string;
  readonly cases: readonly string[];
  /** Reads what a job file says against the app's types and fills in its defaults. Pure; never throws for what a person wrote. */
  prepare(ask: AppAsk): AppPlan | AppFaults;
};

export type AppAsk = {
  /** One of `cases`, or null. */
  readonly case: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Null where the job file leaves it to the app. */
  readonly cores: number | null;
  readonly memory: MiB | null;
  readonly timeLimit: Seconds | null;
};

/** `path` is in the job file's own keys, e.g. ["parameters", "ecutwfc"]. */
export type AppFault = {
  readonly code: ProblemCode;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly fix: string | null;
  readonly at: "key" | "value";
};
export type AppFaults = { readonly kind: "faults"; readonly faults: readonly AppFault[] };

export type AppPlan = {
  readonly kind: "plan";
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  /** With the defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files that the person gave through parameters, to be staged like inputs. */
  readonly given: readonly { readonly path: string; readonly from: string; readonly parameter: string }[];
  readonly outputs: readonly string[];
  /** Plain JSON, stored with the job: a later change of the app changes no job that waits. */
  readonly plan: unknown;
};

export type Verdict = {
  readonly ok: boolean;
  /** One sentence. */
  readonly reason: string;
  readonly values: readonly ResultValue[];
};

export type ResultValue = {
  readonly name: string;
  readonly value: number | string | null;
  readonly unit: string | null;
  /** e.g. `-15.84452726 +- 1e-7`. */
  readonly expected: string | null;
  /** Null when it is only reported. */
  readonly ok: boolean | null;
  readonly words: string;
};

/** What a job can cost at most, and did cost. The rates it was submitted under are stored with it as its formula, and it is charged by them. */
export type Pricing = {
  /** The worst case at the rates of now. Throws Problem when there is no price: a missing price is never zero. */
  quote(ask: QuoteAsk): Promise<Quote>;
  /** What one attempt cost that took `elapsed`; within its reserved time never more than its share of the reservation. */
  charge(ask: { readonly formula: readonly FormulaTerm[]; readonly unit: MoneyUnit; readonly elapsed: Milliseconds }): {
    readonly amount: Micros;
    readonly words: string;
  };
};

export type QuoteAsk = {
  /** The account that pays: what is priced in dollars is converted for one that is kept in service units. */
  readonly account: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  readonly grace: Milliseconds;
  /** Array tasks times attempts. */
  readonly times: number;
  readonly at: Instant;
};

export type Quote = {
  readonly amount: Micros;
  readonly unit: MoneyUnit;
  readonly formula: readonly FormulaTerm[];
  /** e.g. `2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour (local rate, examples/lab.yaml, 2026-11-20)`. */
  readonly words: string;
  /** Why it is free, when it is. */
  readonly free: string | null;
};

/** What a run will probably take and cost. `#advice` has the real one; history comes from this room's `readRunTimes`. */
export type RunEstimator = {
  estimate(ask: RunEstimateAsk): Promise<RunEstimate>;
};

export type RunEstimateAsk = {
  readonly app: string | null;
  readonly case: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly parametersHash: string;
  readonly cores: number;
  readonly timeLimit: Seconds;
  /** The app's plan, for its own model of the run time; null for a plain command. */
  readonly plan: unknown;
};

export type RunEstimate = {
  readonly low: Milliseconds | null;
  readonly likely: Milliseconds | null;
  readonly high: Milliseconds | null;
  readonly basis: string;
};

/** What the policy of `#access` needs, and where a person's jobs go when nothing else is said. */
export type JobRights = {
  viewer(person: Person): Promise<Viewer>;
  /** The account's name, then its ancestors' up to the root; null when there is no such account. */
  accountPath(account: string): Promise<readonly string[] | null>;
  /** The account a person's jobs go to when the job file names none; null when there is no single one. */
  defaultProject(person: string): Promise<string | null>;
};
