import { maxMicros, micros, type Instant, type Micros, type ProblemCode } from "#kernel";
import type { FormulaTerm } from "#price";
import { decideHold, type HoldDecision, type Level } from "../decide-hold.ts";
import type { Origin } from "../ledger-types.ts";

/** Changes an open reservation: until when it stands, how much it is in total, or both. */
export type RenewAsk = {
  readonly key: string;
  readonly holdId: string;
  /** The new total, with what was drawn of it and given back already; null: as it is. */
  readonly amount: Micros | null;
  /** Null: as it is. */
  readonly expiresAt: Instant | null;
  /** The latest moment the work can end, if known: looked at when more is reserved. */
  readonly until?: Instant | null;
  /** How the new total was worked out. */
  readonly formula?: readonly FormulaTerm[];
  readonly at: Instant;
  readonly note: string;
  readonly by?: Origin;
};

export type RenewAnswer =
  | { readonly kind: "renewed"; readonly amount: Micros; readonly returned: Micros; readonly expiresAt: Instant | null; readonly replayed: boolean }
  /** `account` is the level that refuses more, and `available` what it can commit; empty and 0 when the hold itself is what cannot be changed. */
  | {
      readonly kind: "refused";
      readonly code: ProblemCode;
      readonly account: string;
      readonly available: Micros;
      readonly asked: Micros;
    };

export type Renewal = { readonly kind: "renewed"; readonly more: Micros } | Exclude<HoldDecision, { kind: "granted" }>;

/**
 * Decides the new total of an open hold, the same as renew_many() in SQL: what was drawn or given back of it stays, more is a new commitment
 * against every level, less always goes. `more` is what is added, negative for what becomes free.
 */
export function decideRenewal(
  hold: { readonly amount: Micros; readonly remaining: Micros },
  levels: readonly Level[],
  asked: Micros | null,
  now: Instant,
  until: Instant | null,
): Renewal {
  if (asked === null) return { kind: "renewed", more: micros(0n) };
  const more = micros(maxMicros(asked, micros(hold.amount - hold.remaining)) - hold.amount);
  if (more <= 0n) return { kind: "renewed", more };
  const decision = decideHold(levels, more, now, until);
  return decision.kind === "granted" ? { kind: "renewed", more } : decision;
}
