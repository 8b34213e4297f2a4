import type { Instant, Micros, MoneyUnit, ProblemCode } from "#kernel";
import type { FormulaTerm } from "#price";
import type { KeptIndirect } from "./award/award.ts";
import type { AdjustAnswer, AdjustAsk } from "./adjust/adjust.ts";
import type { ChargeAnswer, ChargeAsk } from "./charge/charge.ts";
import type { EndState } from "./refund/contract.ts";
import type { ExemptUse } from "./exempt/exempt.ts";
import type { RenewAnswer, RenewAsk } from "./renew/renew.ts";

/** Whether a figure was guessed, measured, on the provider's bill, or on its invoice. */
export type FigureQuality = "estimated" | "metered" | "billed" | "invoiced";

/** Who did it and from where, when that is not the person it is done for and the ledger's own door. */
export type Origin = { readonly person: string; readonly source: string };

/** Asks for money to be reserved on an account and on every account above it. */
export type HoldAsk = {
  /** Idempotency key, at most 300 characters: the same key again is the same hold. */
  readonly key: string;
  /** The account's name. */
  readonly account: string;
  readonly amount: Micros;
  readonly person: string;
  /** What it is held for: "job:<uuid>". */
  readonly subject: string;
  /** When an open hold is given back by itself; null: never. */
  readonly expiresAt: Instant | null;
  readonly formula: readonly FormulaTerm[];
  readonly expected: Micros | null;
  /** Unit of `amount`; an account in another unit refuses. Default USD. */
  readonly unit?: MoneyUnit;
  /** Slurm partition or queue, for limits by partition. */
  readonly partition?: string | null;
  /** The app that runs, and the machine or cluster it runs on: for reports. */
  readonly app?: string | null;
  readonly cluster?: string | null;
  /** The latest moment the work can end, if known: an account that ends before refuses and says its date. */
  readonly until?: Instant | null;
  readonly by?: Origin;
  /** The indirect rate that `amount` has in it: the charges of this reservation are settled by it, each with its indirect cost beside it. */
  readonly indirect?: KeptIndirect | null;
  /** The quote whose price `amount` and `formula` are; it is used up with the hold. */
  readonly quote?: string | null;
  /** The class of what it is for: the award's indirect cost of that class is added to `amount`, where somebody decided on a rate. Not beside `indirect`. */
  readonly chargeClass?: string | null;
  /** In how many parts it is charged at most, for what rounding takes; default 1. */
  readonly charges?: number;
  /** What else makes two asks under one key the same (a digest of the whole request); compared as it is. */
  readonly request?: string | null;
};

export type HoldRefusal = {
  readonly kind: "refused";
  readonly code: ProblemCode;
  /** The level that refuses: an account, or `<account>/person:<name>` and `<account>/partition:<name>` for limits inside one. */
  readonly account: string;
  /** What that level can commit now. */
  readonly available: Micros;
  readonly asked: Micros;
  /** When that level ends, or starts, as it stands: for refusals for that reason. */
  readonly date?: Instant | null;
  /** The award whose account that level is, for the same refusals. */
  readonly award?: string | null;
};

export type HoldAnswer =
  | {
      readonly kind: "granted";
      readonly holdId: string;
      readonly amount: Micros;
      readonly replayed: boolean;
      /** There when nothing is reserved because an exemption let the work in. */
      readonly exempt?: ExemptUse;
    }
  | HoldRefusal;

/** Charges what an attempt truly cost. It always posts; what goes beyond every limit is an explicit overrun. */
export type SettleAsk = {
  readonly key: string;
  readonly holdId: string;
  /** Ordinal from 1, unique within the hold; for arrays the task and attempt ordinal. */
  readonly attempt: number;
  readonly amount: Micros;
  /** True gives the rest back and closes the hold. */
  readonly final: boolean;
  /** Of what is reserved beyond this charge, how much this attempt gives back at once though others are to come (a task of an array: its share). */
  readonly frees?: Micros | null;
  readonly figure: FigureQuality;
  readonly at: Instant;
  readonly note: string;
  /** How the attempt ended: what the refund policy of the account gives back for it is refunded in the same transaction. */
  readonly endState?: EndState | null;
  readonly by?: Origin;
};

export type SettleAnswer =
  | {
      readonly kind: "settled";
      readonly charged: Micros;
      readonly returned: Micros;
      readonly overrun: Micros;
      /** What the refund policy gave back of the charge. */
      readonly refunded: Micros;
      readonly replayed: boolean;
    }
  | { readonly kind: "refused"; readonly code: ProblemCode };

/** Gives back what is left of a hold: nothing (more) will be charged to it. */
export type ReleaseAsk = { readonly key: string; readonly holdId: string; readonly at: Instant; readonly note: string; readonly by?: Origin };

export type ReleaseAnswer =
  | { readonly kind: "released"; readonly returned: Micros; readonly replayed: boolean }
  | { readonly kind: "refused"; readonly code: ProblemCode };

/**
 * Answers come in the order of the asks, after the commit. A refusal is data; thrown are Problems: `budget.amount-invalid` and `input.invalid` for an ask
 * that cannot be booked (nothing of the call was done then), `overloaded` when too many wait, `budget.outcome-unknown` when the
 * database went away: the same asks with the same keys tell later what was done.
 */
export type Ledger = {
  holdMany(asks: readonly HoldAsk[]): Promise<HoldAnswer[]>;
  settleMany(asks: readonly SettleAsk[]): Promise<SettleAnswer[]>;
  releaseMany(asks: readonly ReleaseAsk[]): Promise<ReleaseAnswer[]>;
  chargeMany(asks: readonly ChargeAsk[]): Promise<ChargeAnswer[]>;
  adjustMany(asks: readonly AdjustAsk[]): Promise<AdjustAnswer[]>;
  renewMany(asks: readonly RenewAsk[]): Promise<RenewAnswer[]>;
  /** Gives back open reservations and leases whose time is over; gives how many. At most 512 at a time. */
  expireHolds(): Promise<number>;
  /** Waits until what was taken is answered; takes nothing more. */
  close(): Promise<void>;
};
