import { instantToIso, micros, microsToDecimal, type Instant } from "#kernel";
import type { OverheadAlarm, OverheadView } from "./contract.ts";
import { idleSentence, rings, usedPercent, type Overhead } from "./overhead.ts";

function iso(at: Instant | null): string | null {
  return at === null ? null : instantToIso(at);
}

export function overheadToWire(overhead: Overhead): OverheadView {
  return {
    cluster: overhead.cluster,
    account: overhead.account,
    alarm: overhead.alarm,
    idle_rule: { ...overhead.idle },
    idle_sentence: idleSentence(overhead),
    unit: overhead.unit,
    allocated: microsToDecimal(overhead.allocated),
    spent: microsToDecimal(overhead.spent),
    reserved: microsToDecimal(overhead.held),
    leased: microsToDecimal(overhead.leased),
    overrun: microsToDecimal(overhead.overrun),
    free: microsToDecimal(micros(overhead.allocated - overhead.spent - overhead.held - overhead.leased)),
    used_percent: usedPercent(overhead),
    rings: rings(overhead),
    raised_at: iso(overhead.raisedAt),
    cleared_at: iso(overhead.clearedAt),
  };
}

/** Those of them that ring. */
export function alarmsToWire(list: readonly Overhead[]): OverheadAlarm[] {
  return list.flatMap((one) =>
    one.raisedAt === null || !rings(one)
      ? []
      : [{ cluster: one.cluster, account: one.account, alarm: one.alarm, used_percent: usedPercent(one), raised_at: instantToIso(one.raisedAt) }],
  );
}
