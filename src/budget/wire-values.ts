import { invariant, parseInstant, parseMicros, Problem, type Instant, type Micros } from "#kernel";

/** Amounts on the wire have the shape of one; what is left to find is whether it can be stored. */
export function wireAmount(text: string): Micros {
  const amount = parseMicros(text);
  if (amount === undefined) throw new Problem("budget.amount-invalid", { detail: `${text} cannot be booked` });
  return amount;
}

export function wireInstant(text: string | null): Instant | null {
  if (text === null) return null;
  const at = parseInstant(text);
  invariant(at !== undefined, "the contract lets only times through");
  return at;
}
