import { grantExemption, withdrawExemption, type Books } from "#budget/model";
import { instant, instantToIso, type Instant } from "#kernel";
import { PEOPLE, pick, type Dice } from "./random-asks.ts";
import type { Change } from "./random-changes.ts";

const HOUR_MS = 3_600_000;
const KINDS = ["exemption", "break-glass", "break-glass"] as const;
const BY = ["owner", "test"];

/** Gives and withdraws exemptions at random: mostly sensible, some for too long or over before they begin, some for who has one, some for who has none. */
export function randomExemption(books: Books, dice: Dice, key: string, now: Instant): Change {
  const names = [...books.accounts.keys()];
  const account = dice.below(40) === 0 ? `${names[0]}-nowhere` : pick(dice, names);
  const [kind, person] = [pick(dice, KINDS), pick(dice, PEOPLE)];
  if (dice.below(3) === 0) {
    const standing = books.exemptions.length > 0 && dice.below(4) > 0 ? pick(dice, books.exemptions) : { kind, account, person };
    const ask = { key, kind: standing.kind, account: standing.account, person: standing.person };
    return {
      name: "withdraw_exemption",
      real: [key, ask.kind, ask.account, ask.person, ...BY, "over", instantToIso(now)],
      model: (b) => withdrawExemption(b, ask, now),
    };
  }
  const startsAt = dice.below(3) === 0 ? instant(now + (dice.below(8) - 2) * HOUR_MS) : null;
  const endsAt = kind === "exemption" && dice.below(2) === 0 ? null : instant((startsAt ?? now) + (dice.below(80) - 2) * HOUR_MS);
  const asked = { kind, account, person, startsAt, endsAt, reason: "deadline", approver: "dean" };
  const { startsAt: _start, endsAt: _end, ...rest } = asked;
  const document = {
    ...rest,
    starts_at: startsAt === null ? null : instantToIso(startsAt),
    ends_at: endsAt === null ? null : instantToIso(endsAt),
    hours: null,
  };
  return {
    name: "grant_exemption",
    real: [key, JSON.stringify(document), ...BY, instantToIso(now)],
    model: (b) => grantExemption(b, { key, ...asked }, now),
  };
}
