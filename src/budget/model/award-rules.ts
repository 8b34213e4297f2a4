import type { AwardTerms, PlannedRelease } from "../award/award.ts";

/** What an award says of itself, as far as a rule of the ledger asks about it. */
export type AwardRules = Pick<AwardTerms, "startsOn" | "endsOn" | "total" | "periodMonths" | "carry" | "through"> & { readonly account: string };

export type Award = AwardRules & { readonly number: string; readonly releases: readonly PlannedRelease[] };
