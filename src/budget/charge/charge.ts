import type { Instant, Micros, MoneyUnit, ProblemCode } from "#kernel";
import type { FigureQuality, Origin } from "../ledger-types.ts";

/**
 * Charges what was never reserved: a row of the provider's bill, a standing cost, overhead, a cost that turns up late. It always posts,
 * whatever the account's status and dates are; what no limit covers is an explicit overrun.
 */
export type ChargeAsk = {
  /** The natural name of the cost ("bill:2026-11:line-4711"), at most 300 characters: the same key again adds nothing. */
  readonly key: string;
  readonly account: string;
  /** Unit of `amount`; an account in another unit refuses. Default USD. */
  readonly unit?: MoneyUnit;
  readonly amount: Micros;
  readonly person: string;
  /** What it was paid for: "cluster:alps/head-node". */
  readonly subject: string;
  /** Partition or queue, for limits by partition. */
  readonly partition?: string | null;
  readonly figure: FigureQuality;
  /** When the service was given. */
  readonly at: Instant;
  readonly note: string;
  readonly by?: Origin;
  /** Facts that are kept with it, as JSON of at most 16,384 characters. */
  readonly detail?: Readonly<Record<string, unknown>> | null;
};

export type ChargeAnswer =
  | {
      readonly kind: "charged";
      /** The number of its transaction: a refund names it. */
      readonly number: bigint;
      readonly charged: Micros;
      readonly overrun: Micros;
      readonly replayed: boolean;
    }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly account: string };
