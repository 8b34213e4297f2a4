import { setTimeout as pause } from "node:timers/promises";
import type { JobLog } from "#job";

/** A part of the worker, named as the log names it. */
export type Part = { readonly name: string; stop(): Promise<void> };

/** Launches in hand and a turn of upkeep end well within this. What does not end by then waits for a database or a folder that is gone. */
const STOP_MS_MAX = 20_000;

/**
 * Stops the parts together, so that one which hangs does not keep the others from stopping, and waits for them no longer than the limit. What
 * had not ended is named and returned: the money and the jobs are in the database, and the next start takes up what is left.
 */
export async function stopInTime(parts: readonly Part[], log: Pick<JobLog, "warn">, limit: Limit = timeLimit): Promise<readonly string[]> {
  const left = new Set(parts.map(({ name }) => name));
  const { over, cancel } = limit();
  const stopped = Promise.all(parts.map(async ({ name, stop }) => stop().finally(() => left.delete(name))));
  try {
    await Promise.race([stopped, over]);
  } finally {
    cancel();
  }
  if (left.size > 0) log.warn({ left: [...left] }, "the worker did not stop in time; the next start takes up what is left");
  return [...left];
}

export type Limit = () => { readonly over: Promise<void>; cancel(): void };

function timeLimit(): ReturnType<Limit> {
  const ended = new AbortController();
  return { over: pause(STOP_MS_MAX, undefined, { signal: ended.signal }).catch(() => undefined), cancel: () => ended.abort() };
}
