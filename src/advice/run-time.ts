import { milliseconds, secondsToMs, type Milliseconds, type Seconds } from "#kernel";

/** A completed run of the same case of the same app. */
export type PastRun = { readonly parametersHash: string; readonly cores: number; readonly elapsed: Milliseconds };

export type RunTimeAsk = {
  readonly parametersHash: string;
  readonly cores: number;
  readonly timeLimit: Seconds;
  /** What the app's own model says, in seconds; null when it has none. */
  readonly modelSeconds: number | null;
};

/** `likely` null: nothing is known. All three are within the time limit, because longer than that nothing runs. */
export type RunTime = { readonly low: Milliseconds | null; readonly likely: Milliseconds | null; readonly high: Milliseconds | null; readonly basis: string };

/** From this many runs on their own spread is told; with fewer it is widened, because two runs say little of the third. */
const RUNS_THAT_TELL = 5;

/** A model knows the code and not the machine: machines of today lie within this factor of each other, either way. */
const MODEL_FACTOR = 2;
/** How far a run may lie outside the few that were seen. */
const FEW_RUNS_FACTOR = 1.5;

/**
 * How long a run will take: from earlier runs of the same case with the same parameters on as many cores, else from the app's own model,
 * else nothing. The range is meant to hold four of five runs. Pure.
 */
export function estimateRunTime(past: readonly PastRun[], ask: RunTimeAsk): RunTime {
  const alike = past.filter((run) => run.parametersHash === ask.parametersHash && run.cores === ask.cores).map((run) => run.elapsed).sort((a, b) => a - b);
  const learned = `learned from ${alike.length} ${alike.length === 1 ? "run" : "runs"}`;
  const cap = secondsToMs(ask.timeLimit);
  if (alike.length >= RUNS_THAT_TELL) return within(cap, quantile(alike, 0.1), quantile(alike, 0.5), quantile(alike, 0.9), learned);
  if (alike.length > 0) return within(cap, alike[0]! / FEW_RUNS_FACTOR, quantile(alike, 0.5), alike.at(-1)! * FEW_RUNS_FACTOR, learned);
  if (ask.modelSeconds === null) return { low: null, likely: null, high: null, basis: `${learned}; the app does not say how it scales` };
  const model = ask.modelSeconds * 1000;
  return within(cap, model / MODEL_FACTOR, model, model * MODEL_FACTOR, `${learned}, app's own scaling`);
}

function within(cap: Milliseconds, low: number, likely: number, high: number, basis: string): RunTime {
  const cut = (ms: number) => milliseconds(Math.min(cap, Math.max(1, ms)));
  return { low: cut(low), likely: cut(likely), high: cut(high), basis };
}

/** Linear between the two neighbours (Hyndman and Fan's type 7, the default of R and NumPy). `sorted` has at least one value. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
