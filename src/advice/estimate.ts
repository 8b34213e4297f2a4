import type { Instant, MiB, Milliseconds } from "#kernel";
import { expectLocalRun, quoteLocalRun, type PriceBook, type Priced } from "#price";
import { estimateRunTime, type PastRun, type RunTimeAsk, type RunTimeEstimate } from "./run-time.ts";

export type RunAsk = RunTimeAsk & {
  readonly memory: MiB;
  /** What may pass between the time limit and the certain end. */
  readonly grace: Milliseconds;
  /** Array tasks times attempts that are reserved for. */
  readonly times: number;
  readonly at: Instant;
};

export type RunEstimate = {
  readonly runTime: RunTimeEstimate;
  /** What it will probably cost; null when its run time is not known. One attempt of each. */
  readonly expected: Priced | null;
  /** The worst case, which is what is reserved. Never below `expected`. */
  readonly atMost: Priced;
};

/** Time and money of a run on this machine, before it runs. Throws `price.missing`: without a price there is no estimate. */
export function estimateRun(book: PriceBook, past: readonly PastRun[], ask: RunAsk): RunEstimate {
  const runTime = estimateRunTime(past, ask);
  return {
    runTime,
    expected: runTime.likely === null ? null : expectLocalRun(book, ask, runTime.likely),
    atMost: quoteLocalRun(book, ask),
  };
}
