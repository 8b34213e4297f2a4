import { setTimeout as pause } from "node:timers/promises";

/** About 24 days, the longest that a timer of Node can wait. */
const LONG_MS = 2 ** 31 - 1;

/** Resolves when the signal comes. The timer keeps the process alive meanwhile. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(LONG_MS, undefined, { signal }).catch(() => undefined);
}
