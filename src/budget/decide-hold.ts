import type { Instant, Micros, ProblemCode } from "#kernel";
import { maxMicros, minMicros, micros, MICROS_MAX, ZERO_MICROS } from "#kernel";

/** What a level (an account, or a limit inside one) may commit and has committed, everything below it included. */
export type Level = {
  readonly name: string;
  readonly status: "open" | "frozen" | "closed";
  /** What its alerts let in no more: anything new without approval, anything new, or also what waits. */
  readonly stopped?: "approval" | "new" | "pending" | null;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  readonly allocated: Micros;
  readonly overrun: Micros;
  readonly spent: Micros;
  readonly held: Micros;
  readonly leased: Micros;
};

export type HoldDecision =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly level: string; readonly available: Micros; readonly date: Instant | null };

/** What stops every new commitment at a level. */
export type Block = Extract<
  ProblemCode,
  "budget.closed" | "budget.frozen" | "budget.approval-needed" | "budget.stopped" | "budget.not-started" | "budget.ended" | "budget.overrun"
>;

/** What is left below the limit; negative while overrun. */
export function freeOf(level: Level): Micros {
  return micros(level.allocated - level.spent - level.held - level.leased);
}

/** The problem that stops every new commitment at a level, whatever its amount; null when there is none. */
export function blockOf(level: Level, now: Instant): Block | null {
  if (level.status === "closed") return "budget.closed";
  if (level.status === "frozen") return "budget.frozen";
  if (level.stopped === "approval") return "budget.approval-needed";
  if (level.stopped != null) return "budget.stopped";
  if (level.startsAt !== null && now < level.startsAt) return "budget.not-started";
  if (level.endsAt !== null && now >= level.endsAt) return "budget.ended";
  return level.overrun > 0n ? "budget.overrun" : null;
}

/** The date that a refusal is about: of an account that has not started its start, of one that ends its end. */
export function dateOf(code: ProblemCode, level: Pick<Level, "startsAt" | "endsAt">): Instant | null {
  if (code === "budget.not-started") return level.startsAt;
  return code === "budget.ended" || code === "budget.crosses-end" ? level.endsAt : null;
}

/**
 * Decides a new commitment against its levels, from the root down. The same rule, in the same order, as hold_many() in SQL: a level that is
 * blocked refuses first, then one that ends before the work can, then the tightest (the lowest of several).
 */
export function decideHold(levels: readonly Level[], ask: Micros, now: Instant, until: Instant | null): HoldDecision {
  for (const level of levels) {
    const code = blockOf(level, now);
    if (code !== null) return { kind: "refused", code, level: level.name, available: ZERO_MICROS, date: dateOf(code, level) };
  }
  const ending = levels.find((level) => level.endsAt !== null && until !== null && level.endsAt < until);
  if (ending !== undefined) return { kind: "refused", code: "budget.crosses-end", level: ending.name, available: ZERO_MICROS, date: ending.endsAt };
  const { binding, room } = tightest(levels);
  return ask <= room ? { kind: "granted" } : { kind: "refused", code: "budget.insufficient", level: binding, available: room, date: null };
}

/** The level with the least room, and that room. */
function tightest(levels: readonly Level[]): { binding: string; room: Micros } {
  let [binding, room] = ["", MICROS_MAX];
  for (const level of levels) {
    const free = freeOf(level);
    if (free <= room) [binding, room] = [level.name, free];
  }
  return { binding, room };
}

/** What a new commitment can be at most now, and the level that says so: a blocked one, else the tightest. */
export function canCommit(levels: readonly Level[], now: Instant): { readonly amount: Micros; readonly binding: string; readonly block: Block | null } {
  for (const level of levels) {
    const block = blockOf(level, now);
    if (block !== null) return { amount: ZERO_MICROS, binding: level.name, block };
  }
  const { binding, room } = tightest(levels);
  return { amount: maxMicros(ZERO_MICROS, minMicros(room, MICROS_MAX)), binding, block: null };
}
