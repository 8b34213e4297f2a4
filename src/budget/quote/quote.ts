import { instantToIso, microsToDecimal, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import type { FormulaTerm } from "#price";

/** What was priced, as whoever priced it tells one work from another: of a job its app and resources. */
export type QuotedWork = Readonly<Record<string, string | number | null>>;

/** A price with how it came about. */
export type QuotedPrice = {
  readonly amount: Micros;
  readonly unit: MoneyUnit;
  readonly formula: readonly FormulaTerm[];
  readonly words: string;
  /** Why it costs nothing, where it does not. */
  readonly free: string | null;
};

/** A price that is promised to an account until `validUntil`, for one reservation. */
export type PriceQuote = QuotedPrice & {
  readonly id: string;
  readonly account: string;
  /** Null: a plain amount. */
  readonly work: QuotedWork | null;
  readonly reason: string;
  readonly person: string;
  readonly madeAt: Instant;
  readonly validUntil: Instant;
  /** The reservation that used it. */
  readonly holdId: string | null;
  readonly usedAt: Instant | null;
};

export type QuoteRefusal = { readonly code: ProblemCode; readonly detail: string };

/** Whether a quote is for this account and this work, at whatever time: null when it is. */
export function quoteMismatch(
  quote: PriceQuote,
  use: { readonly account: string; readonly work: QuotedWork | null; readonly amount?: Micros },
): QuoteRefusal | null {
  const other = (detail: string): QuoteRefusal => ({ code: "budget.quote-other", detail: `quote ${quote.id} ${detail}` });
  if (quote.account !== use.account) return other(`is for another account than ${use.account}`);
  if ((quote.work === null) !== (use.work === null))
    return other(quote.work === null ? "is for a plain amount, not for a job" : "is for a job: submit that with it");
  if (use.amount !== undefined && use.amount !== quote.amount)
    return other(`is for ${microsToDecimal(quote.amount)} ${quote.unit}, not for ${microsToDecimal(use.amount)}`);
  const differences = Object.entries(quote.work ?? {}).flatMap(([name, value]) => {
    const is = use.work?.[name] ?? null;
    return is === value ? [] : [`${name.replaceAll("_", " ")} ${value ?? "none"}, not ${is ?? "none"}`];
  });
  return differences.length === 0 ? null : other(`is for ${differences.join(", ")}`);
}

/** Whether a quote can be used now: null when it can. The same as hold_quoted() in SQL. */
export function quoteOver(quote: PriceQuote, now: Instant): QuoteRefusal | null {
  if (quote.holdId !== null)
    return { code: "budget.quote-used", detail: `quote ${quote.id} was used on ${instantToIso(quote.usedAt ?? now)} by reservation ${quote.holdId}` };
  if (now >= quote.validUntil) return { code: "budget.quote-expired", detail: `quote ${quote.id} held until ${instantToIso(quote.validUntil)}` };
  return null;
}
