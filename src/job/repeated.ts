import { elapsed, type Instant, type Milliseconds } from "#kernel";

/** A fault that comes back: when it was last told, how often it came since, and when it came last. */
export type Repeated = { readonly toldAt: Instant; readonly lastAt: Instant; readonly untold: number };

/**
 * Whether a fault is told: the first time, then once in `every` with how often it came meanwhile. One that stayed away for that long is a new one.
 */
export function takeFault(before: Repeated | null, now: Instant, every: Milliseconds): { readonly after: Repeated; readonly told: number | null } {
  if (before === null || elapsed(before.lastAt, now) > every) return { after: { toldAt: now, lastAt: now, untold: 0 }, told: 1 };
  const untold = before.untold + 1;
  if (elapsed(before.toldAt, now) < every) return { after: { ...before, lastAt: now, untold }, told: null };
  return { after: { toldAt: now, lastAt: now, untold: 0 }, told: untold };
}
