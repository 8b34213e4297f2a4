import { instantToIso, micros, microsToDecimal, Problem, type Person } from "#kernel";
import type { ReportContext } from "../context.ts";
import { dayAt, firstOfMonth, isTimeZone, lastOfMonth } from "../local-days.ts";
import { sightOf } from "../use-sight.ts";
import type { UsageName, UsageReport } from "./contract.ts";
import { daysBetween, periodsOf, piecesOf } from "./period.ts";
import { forgetUsage, rollUpUsage, usageGroups, type Figures, type Sight } from "./store.ts";

export type UsageWish = {
  readonly account: string | null;
  readonly by: readonly UsageName[];
  readonly month: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly zone: string;
  readonly person: string | null;
  readonly kind: string | null;
  readonly partition: string | null;
  readonly app: string | null;
  readonly cluster: string | null;
  readonly limit: number;
};

/** A row for each day of a year and one more; ten years of months. */
const DAYS_MAX = 367;
const DAYS_MAX_OF_MONTHS = 3_660;

/** An answer comes within seconds; the worker goes on. */
const REBUILD_TURNS = 20;

export function openUsage(context: ReportContext) {
  const { db, clock } = context;

  /** Throws `budget.account-unknown` for an account that is not there or not the person's to see, `value.range` for days that make no period. */
  async function usage(person: Person, wish: UsageWish): Promise<UsageReport> {
    const sight = await sightOf(context, person, wish.account);
    const now = clock.now();
    if (!isTimeZone(wish.zone)) throw outOfRange("zone", `there is no time zone ${wish.zone}`);
    const { from, to } = daysOf(wish, dayAt(now, wish.zone));
    const each = wish.by.includes("day") ? "day" : wish.by.includes("month") ? "month" : null;
    const days = daysBetween(from, to);
    if (days < 1) throw outOfRange("to", `${to} is before ${from}`);
    if (days > (each === "day" ? DAYS_MAX : DAYS_MAX_OF_MONTHS)) throw outOfRange("to", `${days} days are more than one report can have`);
    const periods = periodsOf(from, to, wish.zone, each);
    const { groups, totals, count } = await usageGroups(db, sight, {
      ...wish,
      periods,
      pieces: periods.flatMap(piecesOf),
      whole: isWhole(wish) && (await seesAll(sight, wish.account)),
    });
    return {
      account: wish.account,
      zone: wish.zone,
      from,
      to,
      starts_at: instantToIso(periods[0]!.startsAt),
      ends_at: instantToIso(periods.at(-1)!.endsAt),
      as_of: instantToIso(now),
      by: [...wish.by],
      rows: groups.map((group) => {
        const { label, account, person: who, kind, partition, app, cluster } = group;
        return { period: each === null ? null : label, account, person: who, kind, partition, app, cluster, ...figuresToWire(group) };
      }),
      totals: totals.map(figuresToWire),
      left_out: count - groups.length,
    };
  }

  async function seesAll(sight: Sight, account: string | null): Promise<boolean> {
    if (sight.whole === null) return true;
    // Of an account that she only uses she sees but her own, which no sum of a whole account has.
    if (account === null) return sight.own.length === 0;
    const path = await context.accounts.pathOf(account);
    return path?.some((name) => sight.whole?.includes(name)) ?? false;
  }

  async function rebuildUsage(): Promise<{ batches: number }> {
    await forgetUsage(db);
    return { batches: await rollUpUsage(db, REBUILD_TURNS) };
  }

  return { usage, rebuildUsage };
}

/** Whether only days, months and kinds are asked for. */
function isWhole({ by, person, partition, app, cluster }: UsageWish): boolean {
  return by.every((name) => name === "kind" || name === "day" || name === "month") && [person, partition, app, cluster].every((filter) => filter === null);
}

function daysOf(wish: UsageWish, today: string): { from: string; to: string } {
  if (wish.month !== null && (wish.from !== null || wish.to !== null)) throw outOfRange("month", "a month, or from and to, not both");
  const month = wish.month ?? (wish.from ?? wish.to ?? today).slice(0, 7);
  return { from: wish.from ?? firstOfMonth(month), to: wish.to ?? (wish.from === null ? lastOfMonth(month) : today < wish.from ? wish.from : today) };
}

export function outOfRange(field: string, detail: string): Problem {
  return new Problem("value.range", { detail: `${field}: ${detail}`, facts: { field } });
}

function figuresToWire({ unit, charges, charged, late, refunded, writtenOff }: Figures) {
  return {
    unit,
    charges,
    charged: microsToDecimal(charged),
    late: microsToDecimal(late),
    refunded: microsToDecimal(refunded),
    written_off: microsToDecimal(writtenOff),
    net: microsToDecimal(micros(charged - refunded - writtenOff)),
  };
}
