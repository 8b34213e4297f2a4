import type { Clock } from "#kernel";

/** What was read of people and tokens is believed for this long: a change made by another process is honoured after it, one made here at once. */
const KEPT_MS = 1_000;

/** More than are busy at one time; then all are forgotten. */
const KEPT_MAX = 10_000;

type Kept<Value> = { readonly value: Promise<Value>; readonly at: number; readonly clockAt: number };

export type Memory<Value> = {
  /** What `load` gives, or what it gave within the last second. Callers at the same moment share one reading; a failed one is not kept. */
  recall(key: string, load: () => Promise<Value>): Promise<Value>;
  /** Forgets everything: to be called after every change of what is remembered. A reading that began before is not kept either. */
  forget(): void;
};

/**
 * Remembers what every request asks for (who holds a token, a person's parts) for a moment, so that a busy caller does not cost the database
 * two readings for each request. Both clocks count: the room's own, and the one that never stands still or goes back.
 */
export function openMemory<Value>(clock: Clock): Memory<Value> {
  const kept = new Map<string, Kept<Value>>();
  return {
    recall: (key, load) => {
      const [at, clockAt] = [performance.now(), clock.now() as number];
      const found = kept.get(key);
      if (found !== undefined && at - found.at < KEPT_MS && clockAt >= found.clockAt && clockAt - found.clockAt < KEPT_MS) return found.value;
      const value = load();
      if (kept.size >= KEPT_MAX) kept.clear();
      const entry = { value, at, clockAt };
      kept.set(key, entry);
      value.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return value;
    },
    forget: () => kept.clear(),
  };
}
