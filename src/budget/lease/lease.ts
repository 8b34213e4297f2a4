import { maxMicros, micros, minMicros, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import type { Level } from "../decide-hold.ts";
import type { FigureQuality } from "../ledger-types.ts";

/** One part in so many of what is free or leased at a level may be leased there. */
const LEASED_PART = 4n;

/** Money set aside for a gate that grants work out of it by itself and settles afterwards. */
export type Lease = {
  /** The number of the transaction that opened it: leases are listed by it. */
  readonly transaction: bigint;
  readonly id: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly holder: string;
  readonly why: string;
  readonly amount: Micros;
  readonly remaining: Micros;
  /** What the holder has to give back before it may renew. */
  readonly recall: Micros;
  readonly state: "open" | "returned" | "expired";
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  readonly closedAt: Instant | null;
};

/** Work that a gate granted out of a lease, as it ended: what the gate had reserved for it, and what it truly cost. */
export type LeasedWork = {
  readonly reserved: Micros;
  readonly cost: Micros;
  readonly person: string;
  readonly subject: string;
  readonly partition: string | null;
  /** The class of its cost: brings the indirect cost of the account's award, where somebody decided on a rate. */
  readonly chargeClass?: string | null;
  readonly figure: FigureQuality;
  readonly at: Instant | undefined;
  readonly note: string;
};

/** What a movement of a lease did. */
export type LeaseMoved = {
  readonly id: string;
  /** What was set aside, given back, or taken out of the lease for the work. */
  readonly amount: Micros;
  readonly remaining: Micros;
  readonly recall: Micros;
  readonly expiresAt: Instant;
  /** The number of its transaction; for a settlement that of the charge, which a refund names. */
  readonly number: bigint;
  readonly charged: Micros;
  readonly overrun: Micros;
  readonly replayed: boolean;
};

export type LeaseAnswer =
  | (LeaseMoved & { readonly kind: "moved" })
  /** `available` is what the level that refuses lets be leased; for `budget.lease-recalled` what has to be given back. */
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly account: string; readonly available: Micros };

/**
 * What can be leased now, the same as lease_room() in SQL: at every level all leases together are at most a quarter of what is neither spent
 * nor reserved. Gives the level that binds, the lowest of several.
 */
export function leaseRoom(levels: readonly Level[]): { readonly room: Micros; readonly binding: string } {
  let [room, binding]: [Micros | null, string] = [null, ""];
  for (const level of levels) {
    const here = micros((level.allocated - level.spent - level.held) / LEASED_PART - level.leased);
    if (room === null || here <= room) [room, binding] = [here, level.name];
  }
  return { room: maxMicros(ZERO_MICROS, room ?? ZERO_MICROS), binding };
}

/**
 * What each lease of a level is asked to give back when a reservation is short there, the same as recall_leases() in SQL: the largest first, each for what those before it
 * leave of the need, and never less than it was asked for already. Equal ones in the order of their ids.
 */
export function recalls(leases: readonly Pick<Lease, "id" | "remaining" | "recall">[], short: Micros): ReadonlyMap<string, Micros> {
  const ordered = leases.toSorted((a, b) => (a.remaining === b.remaining ? (a.id < b.id ? -1 : 1) : a.remaining > b.remaining ? -1 : 1));
  let needed = short;
  const asked = new Map<string, Micros>();
  for (const lease of ordered) {
    asked.set(lease.id, maxMicros(lease.recall, minMicros(lease.remaining, maxMicros(ZERO_MICROS, needed))));
    needed = micros(needed - lease.remaining);
  }
  return asked;
}
