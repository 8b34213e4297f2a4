import type { FormulaTerm } from "#price";
import type { Instant, MiB, Micros, Milliseconds, MoneyUnit, ProblemCode, Seconds } from "#kernel";

/*
 * What the job room needs from others, named by the need. `wire.ts` hands the real parts in.
 */

/** The codes that can be run. `#app` has the real one. */
export type AppCatalogue = {
  names(): readonly string[];
  find(name: string): JobApp | undefined;
};

export type JobApp = {
  readonly name: string;
  readonly cases: readonly string[];
  readonly parameters: readonly string[];
  /** Reads what a job file says against the app's types and fills in its defaults. Pure; never throws for what a person wrote. */
  prepare(ask: AppAsk): AppPlan | AppFaults;
};

export type AppAsk = {
  readonly case: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Null where the job file leaves it to the app. */
  readonly cores: number | null;
  readonly memory: MiB | null;
  readonly timeLimit: Seconds | null;
};

/** `path` is below the job file's own keys, e.g. ["parameters", "ecutwfc"] or ["case"]. */
export type AppFaults = {
  readonly kind: "faults";
  readonly faults: readonly { readonly code: ProblemCode; readonly path: readonly (string | number)[]; readonly message: string; readonly fix?: string; readonly at?: "key" | "value" }[];
};

/** Everything that running the app takes, as plain JSON: it is stored with the job, so that a later change of the app changes no queued job. */
export type AppPlan = {
  readonly kind: "plan";
  readonly cores: number;
  readonly memory: MiB;
  readonly timeLimit: Seconds;
  /** With the defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Word by word; no shell reads it. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Written into the working folder before the command starts; paths are relative and stay inside. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Copied into the working folder from where the app keeps them. */
  readonly copies: readonly { readonly path: string; readonly source: string }[];
  /** Globs of what is kept with a checksum. */
  readonly outputs: readonly string[];
  /** The app's own description of success; only `judge` reads it. */
  readonly checks: unknown;
};

/** What an app looks at to say whether it worked. Texts are cut at a bound from the end. */
export type AppOutputs = {
  readonly exitCode: number | null;
  /** The standard output and error of the run. */
  log(): Promise<string>;
  /** A file of the working folder; undefined when there is none. */
  text(path: string): Promise<string | undefined>;
};

export type Verdict = {
  readonly ok: boolean;
  /** One sentence, when it is not. */
  readonly reason: string | null;
  readonly values: readonly ResultValue[];
};

export type ResultValue = {
  readonly name: string;
  readonly value: number | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly expected: string | null;
  readonly ok: boolean | null;
};

/** Decides by what was computed, not by the exit code alone. `checks` is the plan's own. */
export type Judge = (checks: unknown, outputs: AppOutputs) => Promise<Verdict>;

/** What a job can cost at most, and did cost. `#price` has the rules; the rates of the moment of submission are stored with the job. */
export type Pricing = {
  /** Throws Problem when there is no price: a missing price is never zero. */
  quote(ask: QuoteAsk): Quote;
  /** The charge for one attempt under stored rates; never above the quote's share for it. */
  charge(ask: ChargeAsk): Charge;
};

export type QuoteAsk = { readonly cores: number; readonly memory: MiB; readonly timeLimit: Seconds; readonly grace: Milliseconds; readonly times: number; readonly at: Instant };

export type Quote = {
  readonly amount: Micros;
  readonly unit: MoneyUnit;
  readonly formula: readonly FormulaTerm[];
  /** The calculation in words, e.g. `2 cores x (180 s time limit + 10 s grace) x $0.042000/core-hour (local rate, examples/lab.yaml)`. */
  readonly words: string;
  /** Why it is free, when it is. */
  readonly free: string | null;
};

export type ChargeAsk = { readonly formula: readonly FormulaTerm[]; readonly elapsed: Milliseconds };
export type Charge = { readonly amount: Micros; readonly words: string };

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
};

export type RunEstimate = { readonly low: Milliseconds | null; readonly likely: Milliseconds | null; readonly high: Milliseconds | null; readonly basis: string };

/** Which accounts a person may spend from. `#access` has the real one. */
export type ProjectAccess = {
  /** The account a person's jobs go to when the job file names none; null when there is no single one. */
  defaultProject(person: string): Promise<string | null>;
  projects(person: string): Promise<readonly string[]>;
};
