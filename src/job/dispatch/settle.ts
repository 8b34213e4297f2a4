import type { ReleaseAnswer } from "#budget";
import { addMs, invariant, milliseconds, type Instant } from "#kernel";
import { closeNeverHeld } from "../at-start/service.ts";
import * as store from "../settle-store.ts";
import type { DispatchContext } from "./context.ts";
import { postCharges } from "./post-charges.ts";

/** Attempts settled in one call of the ledger. */
const BATCH_MAX = 256;

/** A ledger that refused is asked again after this; the job is flagged meanwhile. */
const REFUSED_AGAIN_MS = milliseconds(60_000);

/**
 * Charges what has ended and gives back what is left. Each step commits before the next, and every movement has a key made from the job's id, so that a
 * process killed between any two of them does the rest later and nothing twice:
 * an attempt is charged under `settle:<job>:<ordinal>`, and gives back at once what it did not use of its share of the hold; the last one of a plain job closes the
 * hold with it. The hold of an array, and of a job of which nothing ever ran, is closed under `release:<job>` when no task can be charged any more.
 */
export async function settle(context: DispatchContext): Promise<void> {
  while (await chargeBatch(context));
  if (await closeNeverHeld(context)) await store.settleTasks(context.db, context.pool.name, context.clock.now());
  while (await closeHolds(context));
}

/** True when there may be more. */
async function chargeBatch({ db, ledger, pool, clock, log }: DispatchContext): Promise<boolean> {
  const unsettled = await store.attemptsToSettle(db, pool.name, BATCH_MAX, clock.now());
  if (unsettled.length === 0) return false;
  const { posted, refused } = await postCharges({ db, ledger }, unsettled);
  for (const { attempt, code } of refused) log.error({ job: attempt.number, attempt: attempt.token, code }, "the ledger refuses a charge");
  const refusedTokens = refused.map(({ attempt }) => attempt.token);
  await db.transaction(async (tx) => {
    await store.recordCharges(tx, posted, clock.now());
    await store.settleTasks(tx, pool.name, clock.now());
    await store.putOffCharges(tx, refusedTokens, putOffUntil(clock.now()), "the ledger refuses its charge; an administrator has to look");
  });
  return unsettled.length === BATCH_MAX;
}

/** True when something was closed. */
async function closeHolds({ db, ledger, pool, clock, log }: DispatchContext): Promise<boolean> {
  const open = await store.holdsToClose(db, pool.name, BATCH_MAX, clock.now());
  if (open.length === 0) return false;
  const answers = await ledger.releaseMany(
    open.map((hold) => ({ key: `release:${hold.jobId}`, holdId: hold.holdId, at: hold.endedAt, note: `job ${hold.number} is over` })),
  );
  invariant(answers.length === open.length, "the ledger answers every ask");
  const closed: { jobId: string; returned: store.Posted["returned"] }[] = [];
  const closedBefore = open.filter((_hold, index) => isClosed(answers[index]));
  const returnedOf = await store.givenBack(
    db,
    closedBefore.map((hold) => hold.holdId),
  );
  const refused: string[] = [];
  for (const [index, answer] of answers.entries()) {
    const hold = open[index]!;
    if (answer.kind === "released") closed.push({ jobId: hold.jobId, returned: answer.returned });
    else if (isClosed(answer)) closed.push({ jobId: hold.jobId, returned: returnedOf(hold.holdId) });
    else {
      refused.push(hold.jobId);
      log.error({ job: hold.number, hold: hold.holdId, code: answer.code }, "the ledger refuses to close a hold");
    }
  }
  await db.transaction(async (tx) => {
    await store.recordClosedHolds(tx, closed, clock.now());
    await store.settleTasks(tx, pool.name, clock.now());
  });
  await store.putOffClosing(db, refused, putOffUntil(clock.now()), "the ledger does not close its reservation; an administrator has to look");
  return closed.length > 0;
}

/** Released by hand or expired before: there is nothing left to give back. */
function isClosed(answer: ReleaseAnswer | undefined): boolean {
  return answer?.kind === "refused" && answer.code === "budget.hold-closed";
}

function putOffUntil(now: Instant): Instant {
  return addMs(now, REFUSED_AGAIN_MS);
}
