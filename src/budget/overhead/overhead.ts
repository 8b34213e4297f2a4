import type { Instant, Micros, MoneyUnit } from "#kernel";

/** What no job can be held for. */
export type OverheadKind = "failed-boot" | "idle" | "shared-rest" | "untagged";

/** Who pays the time that nodes wait for work, and for how many minutes they wait before they power down (ScaledownIdletime). */
export type IdleRule = { readonly payer: "overhead" | "last-user" | "shared"; readonly minutes: number };

/** The overhead account of a cluster as it stands. */
export type Overhead = {
  readonly cluster: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  /** Per cent of what is allocated. */
  readonly alarm: number;
  readonly idle: IdleRule;
  readonly raisedAt: Instant | null;
  readonly clearedAt: Instant | null;
  readonly allocated: Micros;
  readonly overrun: Micros;
  readonly spent: Micros;
  readonly held: Micros;
  readonly leased: Micros;
};

export type OverheadUsage = { readonly kind: OverheadKind; readonly charges: number; readonly amount: Micros };

/** The rule as people read it, on every statement of the cluster. */
export function idleSentence({ cluster, account, idle }: Pick<Overhead, "cluster" | "account" | "idle">): string {
  const wait =
    idle.minutes === 0 ? "do not wait for work" : `wait ${idle.minutes} ${idle.minutes === 1 ? "minute" : "minutes"} for work before they power down`;
  return `Nodes of ${cluster} ${wait}; ${PAYERS[idle.payer](account)}.`;
}

const PAYERS: Readonly<Record<IdleRule["payer"], (account: string) => string>> = {
  "overhead": (account) => `that time is paid by the overhead account ${account}`,
  "last-user": (account) => `that time is paid by the project whose job ran last on the node, and where there is none by the overhead account ${account}`,
  "shared": (account) => `that time is collected on the overhead account ${account}, and everybody who uses the cluster bears a part of it through its rates`,
};

/** Whether the alarm was raised and not cleared since. */
export function rings({ raisedAt, clearedAt }: Pick<Overhead, "raisedAt" | "clearedAt">): boolean {
  return raisedAt !== null && clearedAt === null;
}

/** What of the allocation is used, in per cent, rounded down; null where nothing is allocated. */
export function usedPercent({ spent, held, leased, allocated }: Pick<Overhead, "spent" | "held" | "leased" | "allocated">): number | null {
  return allocated === 0n ? null : Number(((spent + held + leased) * 100n) / allocated);
}
