import type { Micros } from "#kernel";
import type { CarryRule, PlannedRelease } from "../award/award.ts";

/** What an award says of itself, as far as a rule of the ledger asks about it. */
export type AwardRules = {
  readonly account: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly total: Micros;
  readonly periodMonths: number;
  readonly carry: CarryRule;
  readonly through: boolean;
};

export type Award = AwardRules & { readonly number: string; readonly releases: readonly PlannedRelease[] };
