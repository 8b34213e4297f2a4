import type { Micros } from "#kernel";

/** $1.20 each: the amount with which an earlier tool granted 62 of 10. */
export const PRICE = 1_200_000n as Micros;

/** Every so many requests are sent by all processes under one key, as a client does that tries another server after a time-out. */
const SHARED_EVERY = 50;

/** What one process saw: new reservations by account, refusals by code and level, and the answers to the keys that it shares. */
export type Outcome = { readonly granted: Record<string, number>; readonly refused: Record<string, number>; readonly shared: Record<string, string> };

/** The index-th request of a process: the accounts take turns, each process begins at another. */
export function requestOf(index: number, racer: number, accounts: readonly string[]): { key: string; account: string; isShared: boolean } {
  const isShared = index % SHARED_EVERY === 0;
  const account = accounts[(isShared ? index / SHARED_EVERY : index + racer) % accounts.length]!;
  return { key: isShared ? `shared:${index}` : `racer-${racer}:${index}`, account, isShared };
}

/** How many each of so many processes has to make, so that there are so many different requests. */
export function requestsEach(requests: number, racers: number): number {
  return Math.ceil(requests / (racers - (racers - 1) / SHARED_EVERY)) + 1;
}

/** How many different requests so many processes make of so many each. */
export function countRequests(each: number, racers: number): number {
  const shared = Math.ceil(each / SHARED_EVERY);
  return shared + (each - shared) * racers;
}
