import { instant, type Instant } from "./time.ts";

/** Where time comes from. Rules take an Instant; only use cases hold a Clock. */
export type Clock = { now(): Instant };

export const systemClock: Clock = { now: () => instant(Date.now()) };

/** A clock that stands still until it is told: for tests and the simulator. */
export function manualClock(start: Instant): Clock & { set(at: Instant): void; advance(ms: number): void } {
  let current = start;
  return {
    now: () => current,
    set: (at) => {
      current = at;
    },
    advance: (ms) => {
      current = instant(current + ms);
    },
  };
}
