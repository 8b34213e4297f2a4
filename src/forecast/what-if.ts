import { formatMoney, type Micros, type MoneyUnit } from "#kernel";

/** What if: each changes one thing that the forecast goes by, and is said with its formula. */
export type WhatIf = {
  /** By what the price of everything that jobs use is multiplied. */
  readonly price: number | null;
  /** Which part of its price the same work costs on spot. */
  readonly spot: number | null;
  /** How many more people use the account; fewer when negative. */
  readonly people: number | null;
  /** Given when positive, taken when negative. */
  readonly allocation: Micros | null;
  readonly end: string | null;
};

export type Assumption = { readonly what: string; readonly formula: string };

/** What spending is multiplied by, and what is assumed. `peopleNow` are those whose work was let in lately; at least one spends what is spent. */
export function whatIf(
  ask: WhatIf,
  peopleNow: number,
  peopleDays: number,
  unit: MoneyUnit,
): { readonly factor: number; readonly assumptions: readonly Assumption[] } {
  const assumptions: Assumption[] = [];
  let factor = 1;
  if (ask.price !== null) {
    factor *= ask.price;
    assumptions.push({ what: `prices are ${times(ask.price)} what they are`, formula: `spending of jobs x ${times(ask.price)}; standing costs as they are` });
  }
  if (ask.spot !== null) {
    factor *= ask.spot;
    assumptions.push({
      what: `all jobs run on spot at ${times(ask.spot)} of the price`,
      formula: `spending of jobs x ${times(ask.spot)}; work that is interrupted and done again is not in it`,
    });
  }
  if (ask.people !== null) {
    const now = Math.max(1, peopleNow);
    const then = Math.max(0, now + ask.people);
    factor *= then / now;
    assumptions.push({
      what: `${then} ${then === 1 ? "person uses" : "people use"} it instead of ${now}`,
      formula: `spending of jobs x ${then} / ${now} (${now} had work let in during the last ${peopleDays} days), each as the average one does now`,
    });
  }
  if (ask.allocation !== null) {
    const more = ask.allocation >= 0n;
    const amount = formatMoney((more ? ask.allocation : -ask.allocation) as Micros, unit);
    assumptions.push({ what: `${amount} ${more ? "more is given" : "is taken back"} today`, formula: `what is left ${more ? "+" : "-"} ${amount}` });
  }
  if (ask.end !== null) assumptions.push({ what: `it ends on ${ask.end}`, formula: "the last day that is looked at" });
  return { factor, assumptions };
}

function times(factor: number): string {
  return String(Math.round(factor * 10_000) / 10_000);
}
