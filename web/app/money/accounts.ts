import type { AccountView } from "#budget/contract";
import { formatMoney, micros, type Micros } from "#kernel";
import { percentOf, showAmount, toMicros } from "../ui/amount.ts";
import type { MeterPart } from "../ui/meter.tsx";

/** Accounts that people charge jobs to. Institutions and departments hand money down, overhead pays for what no job can. */
export function canHoldJobs(account: AccountView): boolean {
  return account.kind === "project" || account.kind === "person" || account.kind === "advance";
}

export type Balance = Pick<AccountView, "unit" | "allocated" | "spent" | "reserved" | "leased" | "overrun" | "free">;

/** One bar: spent, reserved, leased as shares of what is allocated (or, overrun, of what is committed); the rest of the bar is free. */
export function barOf(balance: Balance): readonly MeterPart[] {
  const [spent, reserved, leased, overrun] = [balance.spent, balance.reserved, balance.leased, balance.overrun].map(toMicros) as [
    Micros,
    Micros,
    Micros,
    Micros,
  ];
  const committed = micros(spent + reserved + leased);
  const allocated = toMicros(balance.allocated);
  const whole = committed > allocated ? committed : allocated;
  const inside = spent > overrun ? micros(spent - overrun) : micros(0n);
  const parts = [
    ["spent", inside, "solid"],
    ["overrun", overrun, "over"],
    ["reserved", reserved, "hatched"],
    ["leased", leased, "dotted"],
  ] as const;
  return parts.filter(([, amount]) => amount > 0n).map(([name, amount, texture]) => ({ name, percent: percentOf(amount, whole), texture }));
}

/** All that the bar shows, in words. */
export function barInWords(name: string, balance: Balance): string {
  const show = (amount: string) => showAmount(amount, balance.unit);
  const over = toMicros(balance.overrun) > 0n ? `, overrun ${show(balance.overrun)}` : "";
  return `${name}: ${show(balance.spent)} spent, ${show(balance.reserved)} reserved, ${show(balance.leased)} leased, ${show(balance.free)} free of ${show(balance.allocated)}${over}`;
}

/** Why an account can commit less than it has free; null when it can commit all of it. */
export function limitInWords(account: AccountView): string | null {
  if (account.status !== "open") return `${account.status}: nothing new can be reserved`;
  if (account.stopped === "approval") return "an alert asks for approval: nothing new can be reserved until somebody lifts it";
  if (account.stopped !== null) return "stopped by an alert: nothing new can be reserved";
  if (toMicros(account.overrun) > 0n) return "overrun: nothing new can be reserved until somebody decides";
  const canCommit = toMicros(account.can_commit);
  if (canCommit >= toMicros(account.free)) return null;
  const words = formatMoney(canCommit, account.unit);
  return account.binding === account.name ? `can reserve ${words} now` : `can reserve ${words} now: ${account.binding} has no more`;
}
