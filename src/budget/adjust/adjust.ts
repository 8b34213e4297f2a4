import { minMicros, micros, type Instant, type Micros, type ProblemCode } from "#kernel";
import type { Origin } from "../ledger-types.ts";

type Mending = {
  readonly key: string;
  /** The number of the transaction that is mended: a settlement or a charge. */
  readonly mends: bigint;
  readonly amount: Micros;
  readonly at: Instant;
  /** Why. */
  readonly note: string;
  /** Who decided it. */
  readonly approver: string;
  readonly by: Origin;
};

/**
 * Mends a charge by new entries; the charge stays as it is. A refund gives back what was charged; a write-off has another account bear it: the refund
 * and a charge of the same amount, in one batch.
 */
export type AdjustAsk = (Mending & { readonly kind: "refund" }) | (Mending & { readonly kind: "write-off"; readonly bearer: string });

export type AdjustAnswer =
  | {
      readonly kind: "adjusted";
      readonly number: bigint;
      /** By how much the refund lowered the overrun of a level, at most. */
      readonly covered: Micros;
      /** What the account that bears a loss is overrun by, at the level where that is most. */
      readonly overrun: Micros;
      readonly replayed: boolean;
    }
  /** `refundable` is what the charge has left to refund. */
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly refundable: Micros };

/** By how much a refund lowers the overrun of each level; the rest of it is free again. The same as post_refund() in SQL. */
export function coverByRefund(levels: readonly { readonly overrun: Micros }[], amount: Micros): readonly Micros[] {
  return levels.map((level) => minMicros(amount, level.overrun));
}

/** What a charge has left to refund, after what was refunded of it before. */
export function refundable(charged: Micros, refunds: readonly Micros[]): Micros {
  return micros(refunds.reduce((left, refund) => left - refund, charged as bigint));
}
