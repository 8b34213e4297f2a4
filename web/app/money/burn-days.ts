import type { ForecastView } from "#forecast/contract";
import { micros, microsToDecimal, type Micros } from "#kernel";
import { toMicros } from "../ui/amount.ts";

/** What is left on one day: in the past as it was, ahead as a middle and the bands around it. Amounts of the wire. */
export type BurnDay = { readonly date: string; readonly at: number } & (
  | { readonly kind: "past"; readonly left: string }
  | {
      readonly kind: "ahead";
      readonly left: string;
      readonly band50: readonly [string, string];
      readonly band80: readonly [string, string];
      readonly band95: readonly [string, string];
    }
);

const DAY_MS = 86_400_000;
/** The past takes no more room than this beside what is ahead. */
const PAST_DAYS_MAX = 60;

/**
 * The days of the chart, oldest first. The past is worked back from what is left now by what was spent since: as if all that there is now had been there
 * before. `at` counts days from today.
 */
export function burnDays(view: ForecastView): readonly BurnDay[] {
  const today = Date.parse(view.today);
  const dayOf = (date: string) => Math.round((Date.parse(date) - today) / DAY_MS);
  const spent = new Map(view.past.map(({ date, spend }) => [dayOf(date), toMicros(spend)]));
  const first = Math.max(-PAST_DAYS_MAX, Math.min(0, ...spent.keys()));
  const past: BurnDay[] = [];
  let left = toMicros(view.left);
  for (let at = 0; at >= first; at--) {
    // At the end of yesterday there was what is left now and what was spent today.
    left = micros(left + (spent.get(at) ?? 0n));
    past.unshift({ kind: "past", date: new Date(today + (at - 1) * DAY_MS).toISOString().slice(0, 10), at: at - 1, left: microsToDecimal(left) });
  }
  const ahead = view.path.map((row): BurnDay => {
    const rest = (spending: string) => estimate(atLeastNothing(micros(toMicros(row.left) - toMicros(spending))));
    return {
      kind: "ahead",
      date: row.date,
      at: dayOf(row.date),
      left: rest(row.p50),
      band50: [rest(row.p75), rest(row.p25)],
      band80: [rest(row.p90), rest(row.p10)],
      band95: [rest(row.p97_5), rest(row.p2_5)],
    };
  });
  return [...past, ...ahead];
}

/** Estimates are shown to the cent; below a dollar every decimal is. */
function estimate(amount: Micros): string {
  const cents = micros(((amount + 5000n) / 10_000n) * 10_000n);
  return microsToDecimal(amount < 1_000_000n ? amount : cents);
}

function atLeastNothing(amount: Micros): Micros {
  return amount < 0n ? micros(0n) : amount;
}

/** The day of the chart that is meant by one that may lie between two: the next in the direction of the move, so that each step of a key goes on. */
export function dayTowards(days: readonly BurnDay[], from: BurnDay, at: number): BurnDay {
  return (at >= from.at ? days.find((day) => day.at >= at) : days.findLast((day) => day.at <= at)) ?? from;
}

/** Where a day and an amount stand in a drawing of 1,000 by 1,000. Numbers for drawing only. */
export function scaleOf(days: readonly BurnDay[]): { readonly x: (at: number) => number; readonly y: (amount: string) => number; readonly most: string } {
  const [first, last] = [days[0]!.at, days.at(-1)!.at];
  const most = days.reduce(
    (top, day) => (day.kind === "ahead" && toMicros(day.band95[1]) > toMicros(top) ? day.band95[1] : toMicros(day.left) > toMicros(top) ? day.left : top),
    "0",
  );
  const whole = Math.max(Number(most), 0.000_001);
  return { x: (at) => (1000 * (at - first)) / Math.max(1, last - first), y: (amount) => 1000 - (1000 * Number(amount)) / whole, most };
}

/** The outline of a band: along its upper edge and back along the lower one. */
export function bandPath(days: readonly BurnDay[], band: "band50" | "band80" | "band95"): string {
  const { x, y } = scaleOf(days);
  const ahead = days.filter((day) => day.kind === "ahead");
  // Bands open where the past ends.
  const start = days.findLast((day) => day.kind === "past");
  const begin = start === undefined ? [] : [`${x(start.at)},${y(start.left)}`];
  const upper = ahead.map((day) => `${x(day.at)},${y(day[band][1])}`);
  const lower = ahead.map((day) => `${x(day.at)},${y(day[band][0])}`).toReversed();
  return `M${[...begin, ...upper, ...lower].join("L")}Z`;
}

/** A line through what is left on each day of a kind; the middle begins where the past ends. */
export function linePath(days: readonly BurnDay[], kind: BurnDay["kind"]): string {
  const { x, y } = scaleOf(days);
  const start = days.findLast((day) => day.kind === "past");
  const shown =
    kind === "past" ? days.filter((day) => day.kind === "past") : [...(start === undefined ? [] : [start]), ...days.filter((day) => day.kind === "ahead")];
  return `M${shown.map((day) => `${x(day.at)},${y(day.left)}`).join("L")}`;
}
