import { setTimeout as pause } from "node:timers/promises";

/** How often and how long something is tried again. */
export type Patience = {
  /** No new attempt begins after this long. */
  readonly totalMs: number;
  readonly firstMs: number;
  readonly longestMs: number;
};

/** A server that crashes is back within a second or two on a small machine, a failover of a managed one within half a minute. */
export const SERVER_PATIENCE: Patience = { totalMs: 30_000, firstMs: 25, longestMs: 1_000 };

/** On opening: long enough for a database container that starts beside us, short enough for whoever mistyped a port. */
export const FIRST_PATIENCE: Patience = { totalMs: 8_000, firstMs: 25, longestMs: 500 };

/** Two transactions that collide part after a few milliseconds; more than ten rounds mean that something else is wrong. */
export const CONTENTION_ATTEMPTS_MAX = 10;
export const CONTENTION_PATIENCE: Patience = { totalMs: 10_000, firstMs: 2, longestMs: 200 };

/** The wait before attempt `attempt` (from 1): doubled each time up to the longest, then somewhere between half of it and all, so that many waiters spread out. */
export function backoffMs(attempt: number, patience: Patience, random: number): number {
  const full = Math.min(patience.longestMs, patience.firstMs * 2 ** Math.min(attempt - 1, 20));
  return full * (0.5 + random / 2);
}

/** Waits before the next attempt; false when patience is at its end or `signal` has been given. */
export async function waitForAttempt(attempt: number, startedMs: number, patience: Patience, signal: AbortSignal): Promise<boolean> {
  const wait = backoffMs(attempt, patience, Math.random());
  if (signal.aborted || performance.now() - startedMs + wait > patience.totalMs) return false;
  try {
    await pause(wait, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
