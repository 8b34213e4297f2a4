import { milliseconds, secondsToMs, type Milliseconds, type Seconds } from "#kernel";

/** A completed run of the same app, as its job recorded it. */
export type PastRun = {
  /** Equal for equal work. */
  readonly parametersHash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cores: number;
  readonly elapsed: Milliseconds;
};

/** What an app says itself of its run time. */
export type OwnScaling = {
  seconds(parameters: Readonly<Record<string, unknown>>, cores: number): number;
  /** Between machines the run takes between seconds / spread and seconds x spread. */
  readonly spread: number;
};

export type RunTimeAsk = {
  readonly parametersHash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cores: number;
  readonly timeLimit: Seconds;
  /** Null for a plain command, and for an app that says nothing. */
  readonly scaling: OwnScaling | null;
};

/**
 * How long a run will take: about four of five runs lie between `low` and `high`. All three are null when nothing is known; none exceeds
 * the time limit, because the run is stopped there. `basis` says where they come from.
 */
export type RunTimeEstimate = {
  readonly low: Milliseconds | null;
  readonly likely: Milliseconds | null;
  readonly high: Milliseconds | null;
  readonly basis: string;
};

/** The newest runs count; a machine and a code change with the years. */
const RUNS_MAX = 50;
/** From this many runs of the same work on, they alone count and the app's own scaling no longer does. */
const SAME_WORK_ENOUGH = 3;
/** From this many runs on, the range is that of the runs themselves. */
const QUANTILES_ENOUGH = 10;
/** Between two runs of one app that says nothing of its spread. */
const SPREAD_UNKNOWN = 2;

type Samples = { readonly ms: readonly number[]; readonly basis: string };

/** Estimates the run time from past runs (newest first) and the app's own scaling. */
export function estimateRunTime(past: readonly PastRun[], ask: RunTimeAsk): RunTimeEstimate {
  const samples = samplesOf(past.slice(0, RUNS_MAX), ask);
  const spread = ask.scaling?.spread ?? SPREAD_UNKNOWN;
  if (samples === null) {
    if (ask.scaling === null) return { low: null, likely: null, high: null, basis: "not known before the first run" };
    const own = ask.scaling.seconds(ask.parameters, ask.cores) * 1000;
    return withinLimit({ low: own / spread, likely: own, high: own * spread }, ask.timeLimit, "learned from 0 runs, app's own scaling");
  }
  const sorted = samples.ms.toSorted((a, b) => a - b);
  return withinLimit({ ...rangeOf(sorted, spread), likely: quantile(sorted, 0.5) }, ask.timeLimit, samples.basis);
}

/**
 * What past runs say of this one. Enough runs of the same work on as many cores say it themselves; otherwise each run says how far the
 * app's own scaling is off on this machine, and the scaling is corrected by that.
 */
function samplesOf(past: readonly PastRun[], ask: RunTimeAsk): Samples | null {
  const same = past.filter((run) => run.parametersHash === ask.parametersHash && run.cores === ask.cores);
  const learned: Samples = { ms: same.map((run) => run.elapsed), basis: `learned from ${runs(same.length)}` };
  if (same.length >= SAME_WORK_ENOUGH) return learned;
  const { scaling } = ask;
  if (scaling === null) return same.length > 0 ? learned : null;
  const now = scaling.seconds(ask.parameters, ask.cores);
  const corrected = past.flatMap((run) => {
    const modelled = scaling.seconds(run.parameters, run.cores) * 1000;
    return modelled > 0 ? [(run.elapsed / modelled) * now * 1000] : [];
  });
  return corrected.length === 0 ? null : { ms: corrected, basis: `app's own scaling, corrected by ${runs(corrected.length)}` };
}

function runs(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}

/** Few runs show too little of how much they differ: the app's spread is added, the less the more there are. */
function rangeOf(sorted: readonly number[], spread: number): { low: number; high: number } {
  if (sorted.length >= QUANTILES_ENOUGH) return { low: quantile(sorted, 0.1), high: quantile(sorted, 0.9) };
  const margin = spread ** (1 / (sorted.length + 1));
  return { low: sorted[0]! / margin, high: sorted.at(-1)! * margin };
}

/** Linear between the two nearest of at least one sorted value (type 7 of Hyndman and Fan, the default of R and numpy). */
function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

function withinLimit(range: { low: number; likely: number; high: number }, timeLimit: Seconds, basis: string): RunTimeEstimate {
  const limit = secondsToMs(timeLimit);
  const cut = (ms: number) => milliseconds(Math.min(limit, Math.max(1, ms)));
  const words =
    range.likely > limit ? `${basis}; its time limit will probably cut it short` : range.high > limit ? `${basis}; its time limit may cut it short` : basis;
  return { low: cut(range.low), likely: cut(range.likely), high: cut(range.high), basis: words };
}
