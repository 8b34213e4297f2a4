import { formatMoney, instantToIso, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import { decideHold, type HoldDecision, type Level } from "../decide-hold.ts";

/** An exemption lasts as long as it is said; break-glass ends at most 72 hours after its start. */
export type ExemptionKind = "exemption" | "break-glass";

/** One person whose work on an account, and on all below it, is let in when the money is not there. */
export type Exemption = {
  readonly kind: ExemptionKind;
  readonly account: string;
  readonly person: string;
  readonly startsAt: Instant;
  /** Null: until it is withdrawn. */
  readonly endsAt: Instant | null;
  readonly reason: string;
  readonly approver: string;
};

/** What a reservation of 0 says of the exemption that let it in. */
export type ExemptUse = Pick<Exemption, "kind" | "reason" | "approver"> & {
  readonly until: Instant | null;
  /** What would have been reserved. */
  readonly asked: Micros;
};

/** The longest that break-glass can be open. */
export const BREAK_GLASS_HOURS_MAX = 72;

/**
 * The exemption that stands now for a person's work on an account, whose path goes from the root down: a lasting one before break-glass, then the nearest to the
 * work. The same as exemption_for() in SQL; `exemptions` are those that were not withdrawn.
 */
export function exemptionFor<One extends Exemption>(exemptions: readonly One[], person: string, path: readonly string[], now: Instant): One | undefined {
  return exemptions
    .filter((one) => one.person === person && path.includes(one.account) && one.startsAt <= now && (one.endsAt === null || now < one.endsAt))
    .toSorted((a, b) => Number(a.kind === "break-glass") - Number(b.kind === "break-glass") || path.indexOf(b.account) - path.indexOf(a.account))[0];
}

const LIFTED: ReadonlySet<ProblemCode> = new Set(["budget.insufficient", "budget.overrun"]);

/**
 * Whether an exemption makes something of a refusal: it lifts too little money and overrun, but nothing that stands in the way besides (frozen, closed, not started, ended,
 * ends too early), which is then what refuses. Standing costs are nobody's work and are never exempt.
 */
export function liftRefusal(
  decision: Exclude<HoldDecision, { kind: "granted" }>,
  ask: { readonly levels: readonly Level[]; readonly amount: Micros; readonly subject: string; readonly until: Instant | null },
  now: Instant,
): "lifted" | "stays" | Exclude<HoldDecision, { kind: "granted" }> {
  if (!LIFTED.has(decision.code) || ask.amount === 0n || ask.subject.startsWith("standing:")) return "stays";
  const levels = ask.levels.map((level) => ({ ...level, overrun: ZERO_MICROS }));
  const besides = decideHold(levels, ZERO_MICROS, now, ask.until);
  return besides.kind === "granted" || LIFTED.has(besides.code) ? "lifted" : besides;
}

/** Said wherever a reservation is shown that an exemption let in. */
export function exemptWords({ kind, reason, until, asked }: ExemptUse, unit?: MoneyUnit): string {
  const name = kind === "break-glass" ? "break-glass" : "exempt";
  const end = until === null ? "until it is withdrawn" : `until ${instantToIso(until).slice(0, 16).replace("T", " ")} UTC`;
  return `not reserved: ${name} (${reason}, ${end}); ${formatMoney(asked, unit)} was asked for`;
}
