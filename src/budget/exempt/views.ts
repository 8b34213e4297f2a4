import { instantToIso, microsToDecimal, type Instant } from "#kernel";
import type { ExemptionUseView, ExemptionView, ExemptUseView } from "./contract.ts";
import type { ExemptUse } from "./exempt.ts";
import type { ExemptionRecord, ExemptionUse } from "./store.ts";

function iso(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}

export function exemptToWire(exempt: ExemptUse | null | undefined): ExemptUseView | null {
  if (exempt == null) return null;
  const { kind, reason, approver, until, asked } = exempt;
  return { kind, reason, approver, until: iso(until), asked: microsToDecimal(asked) };
}

export function exemptionToWire({ startsAt, endsAt, givenBy, withdrawn, number, charged, ...rest }: ExemptionRecord, now: Instant): ExemptionView {
  return {
    ...rest,
    number: String(number),
    starts_at: instantToIso(startsAt),
    ends_at: iso(endsAt),
    stands: withdrawn === null && startsAt <= now && (endsAt === null || now < endsAt),
    given_by: givenBy,
    withdrawn: withdrawn === null ? null : { ...withdrawn, at: instantToIso(withdrawn.at) },
    charged: microsToDecimal(charged),
  };
}

export function useToWire({ number: _number, at, holdId, asked, charged, ...rest }: ExemptionUse): ExemptionUseView {
  return { ...rest, at: instantToIso(at), hold_id: holdId, asked: microsToDecimal(asked), charged: microsToDecimal(charged) };
}
