import type { Database } from "#db";
import { micros, type Clock } from "#kernel";
import type { Ledger } from "../ledger-types.ts";
import { addDays, dayOf, daysFrom, endOfDay, ordinalOf } from "../days.ts";
import { daysDue, reserveTo } from "./standing.ts";
import * as store from "./store.ts";

export type AccrualPorts = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock; readonly source: string };

/** Costs looked at in one page. */
const PAGE = 200;
/** Days of one cost that are charged at once; a worker that was away for longer takes several turns. */
const DAYS_MAX = 200;

/**
 * Charges every day that is over and not charged yet, of every standing cost, and reserves the days to come. Any number of processes may do it at once, be killed
 * anywhere, and come back after weeks: each day has its key, and what was noted last is what the money says. Gives how many days were charged.
 * `name`: of this cost alone.
 */
export async function accrueStanding(ports: AccrualPorts, name: string | null = null): Promise<number> {
  const today = dayOf(ports.clock.now());
  let count = 0;
  const failures: unknown[] = [];
  for (let after = ""; ;) {
    const page = await store.listStanding(ports.db, { accounts: null, name, on: today, after, limit: PAGE });
    for (const cost of page) {
      try {
        count += await turn(ports, cost, today);
      } catch (error) {
        // One that cannot be charged does not hold up the others; it is told when they are done.
        failures.push(error);
      }
    }
    if (page.length < PAGE) break;
    after = page.at(-1)!.name;
  }
  if (failures.length > 0) throw failures[0];
  return count;
}

/** One cost: its days that are over, then its reservation. */
async function turn(ports: AccrualPorts, found: store.StandingRow, today: string): Promise<number> {
  const cost: { -readonly [Key in keyof store.StandingRow]: store.StandingRow[Key] } = { ...found };
  let count = 0;
  for (let days = daysDue(cost, today, DAYS_MAX); days.length > 0; days = daysDue(cost, today, DAYS_MAX)) {
    for (const day of days) await chargeDay(ports, cost, day);
    count += days.length;
    const accruedTo = days.at(-1)!;
    const isOver = cost.heldTo !== null && cost.heldTo <= accruedTo;
    cost.accruedTo = accruedTo;
    if (isOver) [cost.holdId, cost.heldTo] = [null, null];
    await store.noteStanding(ports.db, cost);
  }
  await reserve(ports, cost, today);
  return count;
}

/** Out of its reservation where there is one that is open; else, and beyond it, it is charged all the same. */
async function chargeDay({ ledger, source }: AccrualPorts, cost: store.StandingRow, day: string): Promise<void> {
  const by = { person: "headgate", source };
  const common = {
    key: `standing:${cost.name}:${day}`,
    amount: cost.perDay,
    figure: "estimated" as const,
    at: endOfDay(day),
    note: `${cost.name} on ${day}`,
    by,
  };
  if (cost.holdId !== null && cost.heldTo !== null && day <= cost.heldTo) {
    const final = day === cost.heldTo || day === cost.endsOn;
    const [answer] = await ledger.settleMany([{ ...common, holdId: cost.holdId, attempt: ordinalOf(day), final }]);
    if (answer?.kind === "settled") return;
  }
  const { account, unit, person } = cost;
  const [answer] = await ledger.chargeMany([{ ...common, account, unit, person, subject: `standing:${cost.name}` }]);
  // Under this key it is in the journal already, charged against a reservation by another hand.
  if (answer?.kind === "refused" && answer.code !== "idempotency.mismatch") throw new Error(`${common.key} was refused: ${answer.code}`);
}

/** Reserves from today on, and gives back what is reserved beyond the end. What does not fit is asked for again the next day. */
async function reserve({ db, ledger, clock, source }: AccrualPorts, cost: store.StandingRow, today: string): Promise<void> {
  const by = { person: "headgate", source };
  const next = cost.accruedTo >= today ? addDays(cost.accruedTo, 1) : today;
  const from = cost.startsOn > next ? cost.startsOn : next;
  if (cost.endsOn !== null && from > cost.endsOn) {
    if (cost.holdId === null) return;
    await ledger.releaseMany([{ key: `standing-release:${cost.holdId}`, holdId: cost.holdId, at: clock.now(), note: `${cost.name} has ended`, by }]);
    return await store.noteStanding(db, { ...cost, holdId: null, heldTo: null });
  }
  if (cost.holdId !== null && cost.heldTo !== null && cost.heldTo >= from) return await shorten({ db, ledger, clock, source }, cost);
  const left = await store.openHoldOf(db, cost.name);
  if (left !== null) return await store.noteStanding(db, { ...cost, ...left });
  const { account, unit, person, formula } = cost;
  const ask = async (heldTo: string, suffix: string) => {
    const amount = micros(cost.perDay * BigInt(daysFrom(from, heldTo)));
    const wanted = { account, unit, amount, person, subject: `standing:${cost.name}`, expiresAt: null, formula, expected: amount, by };
    const [answer] = await ledger.holdMany([{ ...wanted, key: `standing-hold:${cost.name}:${heldTo}${suffix}` }]);
    if (answer?.kind === "granted") await store.noteStanding(db, { ...cost, holdId: answer.holdId, heldTo });
    return answer;
  };
  const all = reserveTo(from, cost, cost.payerEndsOn);
  // A refusal is kept under its key: another day asks under another.
  const again = `:again:${today}`;
  if ((await ask(all, ""))?.kind === "granted") return;
  const answer = await ask(all, again);
  if (answer?.kind !== "refused" || answer.code !== "budget.insufficient") return;
  const fits = Number(answer.available / cost.perDay);
  if (fits > 0) await ask(addDays(from, Math.min(fits, daysFrom(from, all)) - 1), again);
}

/** An end that was brought forward gives back the days after it at once. Counted from what was placed, it is the same when it was given back before and the note of it was lost. */
async function shorten({ db, ledger, clock, source }: AccrualPorts, cost: store.StandingRow): Promise<void> {
  const { endsOn, heldTo, holdId, placed } = cost;
  if (endsOn === null || heldTo === null || holdId === null || placed === null || heldTo <= endsOn) return;
  const amount = micros(placed.amount - cost.perDay * BigInt(daysFrom(endsOn, placed.upTo) - 1));
  const ask = { key: `standing-shorten:${holdId}:${endsOn}`, holdId, amount, expiresAt: null, at: clock.now(), note: `${cost.name} ends on ${endsOn}` };
  const [answer] = await ledger.renewMany([{ ...ask, by: { person: "headgate", source } }]);
  if (answer?.kind === "renewed") await store.noteStanding(db, { ...cost, heldTo: endsOn });
}
