/**
 * One of several gates that open leases on the same money, as `racer.ts` is called. On an account whose name says `mixed` every other request is a reservation.
 * What it prints counts leased and reserved millionths of a dollar by account.
 */
import { openBudget, openLedger } from "#budget";
import { openDatabase } from "#db";
import { addMs, milliseconds, Problem, systemClock, type Person } from "#kernel";
import { atOnce } from "../beds/at-once.ts";
import { anybody } from "../beds/people.ts";
import { PRICE, requestOf, type Outcome } from "./requests.ts";

const [url = "", number = "", requests = "", callers = "", ...accounts] = process.argv.slice(2);

const GATE: Person = { name: "gate", admin: true };
const db = await openDatabase({ url, applicationName: `gate ${number}` });
const ledger = openLedger(db, systemClock, { source: `gate ${number}` });
const budget = openBudget({ db, clock: systemClock, source: `gate ${number}`, ledger, people: anybody });
process.stdout.write("ready\n");
process.stdin.once("data", () => void race());

async function race(): Promise<void> {
  const outcome: Outcome = { granted: {}, refused: {}, shared: {} };
  await atOnce(Number(requests), Number(callers), async (index) => {
    const { key, account, isShared } = requestOf(index, Number(number), accounts);
    const isHold = account.includes("mixed") && !isShared && Math.floor(index / accounts.length) % 2 === 1;
    const { words, amount, replayed } = await (isHold ? hold(key, account) : lease(key, account));
    // What both gates asked for under one key is counted by whoever did not get it as a repetition.
    const [where, name] = amount === 0n ? [outcome.refused, words] : [outcome.granted, account];
    if (!replayed) where[name] = (where[name] ?? 0) + (amount === 0n ? 1 : Number(amount));
    if (isShared) outcome.shared[key] = words;
  });
  await ledger.close();
  await db.close();
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.stdin.destroy();
}

type Told = { readonly words: string; readonly amount: bigint; readonly replayed: boolean };

async function lease(key: string, account: string): Promise<Told> {
  const ask = { account, amount: PRICE, expiresAt: addMs(systemClock.now(), milliseconds(3_600_000)), reason: "race" };
  try {
    const { id, amount, replayed } = await budget.openLease(GATE, ask, key);
    return { words: id, amount, replayed };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { words: `${error.code} ${String(error.facts["account"])}`, amount: 0n, replayed: false };
  }
}

async function hold(key: string, account: string): Promise<Told> {
  const ask = { key, account, amount: PRICE, person: "maria", subject: `job:${key}`, expiresAt: null, formula: [], expected: null };
  const [answer] = await ledger.holdMany([ask]);
  if (answer!.kind === "refused") return { words: `${answer!.code} ${answer!.account}`, amount: 0n, replayed: false };
  return { words: answer!.holdId, amount: PRICE, replayed: answer!.replayed };
}
