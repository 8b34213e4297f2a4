import { formatMoney, micros, type MoneyUnit } from "#kernel";

/** The class of what jobs on machines of one's own use, by which an award adds indirect cost: those of the local executor and of Slurm on premises. */
export const CHARGE_CLASS = "compute";

/** What an award adds to a formula; nothing where it adds nothing. */
export function indirectWords(indirect: bigint, unit: MoneyUnit): string {
  return indirect > 0n ? ` + ${formatMoney(micros(indirect), unit)} indirect cost` : "";
}
