import { divideRounded, invariant, maxMicros, micros, MICROS_MAX, minMicros, ZERO_MICROS, type Instant, type Micros } from "#kernel";
import { blockOf, dateOf, decideHold, type HoldDecision, type Level } from "../decide-hold.ts";

type Refusal = Extract<HoldDecision, { kind: "refused" }>;

/** From which accounts the work of an account is paid: each as far as it goes, one after the other, or each its share. */
export type FundPlan = {
  readonly account: string;
  readonly mode: "order" | "share";
  /** In their order; `share` in millionths for a plan by share, null otherwise. */
  readonly funds: readonly { readonly account: string; readonly share: number | null }[];
  readonly setBy: string;
  readonly setAt: Instant;
};

/** A share as people write it, a percentage with at most four decimals, in millionths; undefined when it is none. */
export function parseShare(text: string): number | undefined {
  const [, whole, decimals = ""] = /^(\d{1,3})(?:\.(\d{1,4}))?%$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const share = Number(whole) * 10_000 + Number(decimals.padEnd(4, "0"));
  return share >= 1 && share <= 1_000_000 ? share : undefined;
}

export function shareToText(share: number): string {
  const decimals = String(share % 10_000)
    .padStart(4, "0")
    .replace(/0+$/, "");
  return `${Math.floor(share / 10_000)}${decimals === "" ? "" : `.${decimals}`}%`;
}

/** An amount by shares in millionths, half-even, so that the parts add up to it and none is negative: shares_of() in SQL. */
export function byShares(amount: Micros, shares: readonly number[]): readonly Micros[] {
  let [upto, before] = [0, 0n];
  return shares.map((share) => {
    upto += share;
    const whole = divideRounded(amount * BigInt(upto), 1_000_000n, "half-even");
    const part = micros(whole - before);
    before = whole;
    return part;
  });
}

export type FundDecision =
  | { readonly kind: "granted"; readonly parts: readonly { readonly account: string; readonly amount: Micros }[] }
  | Extract<HoldDecision, { kind: "refused" }>;

/**
 * What each fund takes of a new commitment, without indirect cost: decide_funds() in SQL. `levels` are those of each fund from its root; the same level may
 * stand above several funds. `available` of a refusal is how much could be asked instead.
 */
export function decideFunds(
  plan: Pick<FundPlan, "mode" | "funds">,
  levels: readonly (readonly Level[])[],
  ask: Micros,
  now: Instant,
  until: Instant | null,
): FundDecision {
  const wanted =
    plan.mode === "share"
      ? byShares(
          ask,
          plan.funds.map(({ share }) => share ?? 0),
        )
      : null;
  const taken = new Map<string, bigint>();
  const parts: { account: string; amount: Micros }[] = [];
  let left: bigint = ask;
  let first: Refusal | undefined;
  for (const [index, fund] of plan.funds.entries()) {
    const path = (levels[index] ?? []).map((level) => ({ ...level, held: micros(level.held + (taken.get(level.name) ?? 0n)) }));
    // Nothing has so much room: what comes back is the room there is, or why there is none.
    const decision = decideHold(path, MICROS_MAX, now, until);
    if (decision.kind === "granted") continue;
    const room = maxMicros(ZERO_MICROS, decision.available);
    if (first === undefined || (first.code !== "budget.insufficient" && decision.code === "budget.insufficient")) first = decision;
    const part = wanted === null ? minMicros(micros(left), room) : (wanted[index] ?? ZERO_MICROS);
    if (wanted !== null && (part > room || decision.code !== "budget.insufficient"))
      return { ...decision, available: micros((room * 1_000_000n) / BigInt(fund.share ?? 1)) };
    if (part === 0n && wanted === null && !(ask === 0n && parts.length === 0 && decision.code === "budget.insufficient")) continue;
    left -= part;
    parts.push({ account: fund.account, amount: part });
    for (const level of path) taken.set(level.name, (taken.get(level.name) ?? 0n) + part);
  }
  if (left === 0n && parts.length > 0) return { kind: "granted", parts };
  invariant(first !== undefined, "a plan has a fund");
  return { ...first, available: micros(ask - left) };
}

/**
 * The same for the account that the work was sent to. It says itself only whether there may be work at all: its own money, and its overrun, are asked about where
 * the plan names it.
 */
export function decidePlan(
  plan: Pick<FundPlan, "mode" | "funds">,
  itself: Level,
  levels: readonly (readonly Level[])[],
  ask: Micros,
  now: Instant,
  until: Instant | null,
): FundDecision {
  const crosses = itself.endsAt !== null && until !== null && itself.endsAt < until ? "budget.crosses-end" : null;
  const code = blockOf({ ...itself, overrun: ZERO_MICROS }, now) ?? crosses;
  if (code !== null) return { kind: "refused", code, level: itself.name, available: ZERO_MICROS, date: dateOf(code, itself) };
  return decideFunds(plan, levels, ask, now, until);
}
