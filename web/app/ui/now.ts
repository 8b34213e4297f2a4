import { useSyncExternalStore } from "react";
import { instant, type Instant } from "#kernel";

/**
 * One ticking clock for the whole page: every relative time moves in the same moment, and a page without any costs nothing.
 * A tick each second; what needs less asks for a coarser step and is rendered only when that step changes.
 */
const TICK_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let current = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    current = Date.now();
    timer = setInterval(() => {
      current = Date.now();
      for (const each of listeners) each();
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, rounded down to `stepMs`; the component is rendered again at each step. */
export function useNow(stepMs = TICK_MS): Instant {
  return instant(useSyncExternalStore(subscribe, () => current - (current % stepMs)));
}
