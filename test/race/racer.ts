/**
 * One of several server processes that race for the same money.
 *   node racer.ts URL NUMBER REQUESTS CALLERS ACCOUNT...
 * It says "ready", waits for a line on its standard input, sends its requests through a ledger of its own, and prints what came of them as one line of JSON.
 */
import { openLedger, type HoldAnswer } from "#budget";
import { openDatabase } from "#db";
import { systemClock } from "#kernel";
import { atOnce } from "../beds/at-once.ts";
import { PRICE, requestOf, type Outcome } from "./requests.ts";

const [url = "", number = "", requests = "", callers = "", ...accounts] = process.argv.slice(2);

const db = await openDatabase({ url, applicationName: `racer ${number}` });
const ledger = openLedger(db, systemClock, { source: `racer ${number}` });
process.stdout.write("ready\n");
process.stdin.once("data", () => void race());

async function race(): Promise<void> {
  const outcome: Outcome = { granted: {}, refused: {}, shared: {} };
  await atOnce(Number(requests), Number(callers), async (index) => {
    const { key, account, isShared } = requestOf(index, Number(number), accounts);
    const [answer] = await ledger.holdMany([
      { key, account, amount: PRICE, person: "maria", subject: `job:${key}`, expiresAt: null, formula: [], expected: null },
    ]);
    note(outcome, account, answer!);
    if (isShared) outcome.shared[key] = answer!.kind === "granted" ? answer!.holdId : answer!.code;
  });
  await ledger.close();
  await db.close();
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.stdin.destroy();
}

function note(outcome: Outcome, account: string, answer: HoldAnswer): void {
  const [where, name] = answer.kind === "granted" ? [outcome.granted, account] : [outcome.refused, `${answer.code} ${answer.account}`];
  // A reservation that both processes asked for under one key is counted by whoever did not get it as a repetition.
  if (answer.kind !== "granted" || !answer.replayed) where[name] = (where[name] ?? 0) + 1;
}
