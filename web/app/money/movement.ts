import type { JournalTransaction } from "#budget/contract";
import { micros, microsToDecimal, ZERO_MICROS } from "#kernel";
import { toMicros } from "../ui/amount.ts";

/** What a movement did to one account, as its people read it. */
export type Movement = {
  readonly word: "Charged" | "Reserved" | "Returned" | "Allocated" | "Taken back" | "Leased";
  /** Never negative: the word says the direction. */
  readonly amount: string;
};

/**
 * Reads a transaction from one account's side. Its entries add up to zero, so the pockets that grew say what it did: a settlement takes
 * from `held` what it adds to `spent` and gives the rest back to `free`, and is told by what was charged. Null when nothing of this account moved: that it was opened, say, is in the journal too.
 */
export function movementOf(transaction: JournalTransaction, account: string): Movement | null {
  const sums = new Map<string, bigint>();
  for (const entry of transaction.entries) {
    if (entry.account === account) sums.set(entry.pocket, (sums.get(entry.pocket) ?? 0n) + toMicros(entry.amount));
  }
  const of = (pocket: string) => micros(sums.get(pocket) ?? 0n);
  const [spent, held, leased, free] = [of("spent"), of("held"), of("leased"), of("free")];
  if (spent !== ZERO_MICROS) return told(spent > 0n ? "Charged" : "Returned", spent);
  if (held !== ZERO_MICROS) return told(held > 0n ? "Reserved" : "Returned", held);
  if (leased !== ZERO_MICROS) return told(leased > 0n ? "Leased" : "Returned", leased);
  if (free !== ZERO_MICROS) return told(free > 0n ? "Allocated" : "Taken back", free);
  return null;
}

function told(word: Movement["word"], amount: bigint): Movement {
  return { word, amount: microsToDecimal(micros(amount < 0n ? -amount : amount)) };
}
