import { instantToIso, microsToDecimal, type Instant } from "#kernel";
import type { QuoteView } from "./contract.ts";
import type { PriceQuote } from "./quote.ts";

export function quoteToWire(quote: PriceQuote, now: Instant): QuoteView {
  return {
    id: quote.id,
    account: quote.account,
    unit: quote.unit,
    amount: microsToDecimal(quote.amount),
    formula: [...quote.formula],
    words: quote.words,
    free: quote.free,
    work: quote.work,
    reason: quote.reason,
    person: quote.person,
    made_at: instantToIso(quote.madeAt),
    valid_until: instantToIso(quote.validUntil),
    state: quote.holdId !== null ? "used" : now >= quote.validUntil ? "expired" : "open",
    hold_id: quote.holdId,
    used_at: quote.usedAt === null ? null : instantToIso(quote.usedAt),
  };
}
