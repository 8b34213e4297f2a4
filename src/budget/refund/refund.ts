import { divideRounded, micros, type Instant, type Micros } from "#kernel";
import type { EndState } from "./contract.ts";

/** Millionths of the charge: all of it. */
const WHOLE = 1_000_000;

/** What an account decided of one end state, for work that ends from `since` on. */
export type RefundRule = {
  readonly account: string;
  readonly ordinal: number;
  readonly state: EndState;
  /** Millionths of the charge that are given back; null: the accounts above decide. */
  readonly share: number | null;
  readonly since: Instant;
  readonly reason: string;
  readonly person: string;
};

/**
 * The rule that decides: that of the nearest account which has one for the state. `path` is the account, then those above it. The same as refund_rule_of() in SQL.
 */
export function ruleFor(rules: readonly RefundRule[], path: readonly string[], state: EndState, endedAt: Instant): RefundRule | null {
  for (const account of path) {
    const own = rules.filter((rule) => rule.account === account && rule.state === state && rule.since <= endedAt);
    const last = own.reduce<RefundRule | null>((newest, rule) => (newest === null || rule.ordinal > newest.ordinal ? rule : newest), null);
    if (last !== null && last.share !== null) return last;
  }
  return null;
}

/** What a share of a charge comes to, half-even. The same as part_of() in SQL. */
export function refundOf(charge: Micros, share: number): Micros {
  return micros(divideRounded(charge * BigInt(share), BigInt(WHOLE), "half-even"));
}
