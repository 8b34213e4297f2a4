import type { Ledger, Origin } from "#budget";
import type { Database } from "#db";
import { addMs, assertNever, milliseconds, type Clock, type ProblemCode } from "#kernel";
import { postCharges } from "../dispatch/post-charges.ts";
import { holdLeftJobs } from "../hold-job.ts";
import * as settling from "../settle-store.ts";
import { reasonFor, type Orphan } from "./orphan.ts";
import { findOrphans, takeHold } from "./store.ts";

export type OrphanPorts = { readonly db: Database; readonly ledger: Ledger; readonly clock: Clock; readonly pool: string };

/** What is younger may be between two steps of a process that is alive: the same as for submissions that nobody goes on with. */
const YOUNG_MS = milliseconds(15_000);
const FOUND_MAX = 200;
/** Charges that the ledger refused are put off by a minute; recovery asks at once. */
const PUT_OFF_MS = milliseconds(86_400_000);

export type Recovered = Orphan & { readonly done: boolean; readonly code: ProblemCode | null };

/** What does not agree, changing nothing. */
export async function orphans({ db, clock }: Pick<OrphanPorts, "db" | "clock">): Promise<Recovered[]> {
  const found = await findOrphans(db, addMs(clock.now(), milliseconds(-YOUNG_MS)), FOUND_MAX);
  return found.map((orphan) => ({ ...orphan, done: false, code: null }));
}

/**
 * Puts right what does not agree. Every movement has a key made from the reservation or the job, so that a process killed between any two steps, and
 * another one that recovers at the same time, do the rest and nothing twice. What the ledger refuses is said with its code and found again.
 */
export async function recoverOrphans(ports: OrphanPorts, by: Origin): Promise<Recovered[]> {
  const found = await orphans(ports);
  const results: Recovered[] = [];
  for (const orphan of found) {
    const code = await mend(ports, orphan, by);
    results.push({ ...orphan, done: code === null, code });
  }
  return results;
}

/** Null when it was put right. */
async function mend(ports: OrphanPorts, orphan: Orphan, by: Origin): Promise<ProblemCode | null> {
  switch (orphan.kind) {
    case "ended-open":
    case "unknown-job":
    case "expired-open":
      return giveBack(ports, orphan, by);
    case "unsettled":
      return postDue(ports, orphan);
    case "unheld":
      await holdLeftJobs(ports, ports.pool);
      return null;
    case "runs-without":
      return reserveAgain(ports, orphan, by);
    default:
      return assertNever(orphan.kind);
  }
}

/**
 * A job's own reservation is given back under the key that its dispatcher uses, so that whichever of the two was killed in between, the other takes up.
 * One that was closed before, by whatever hand, is only told to the job.
 */
async function giveBack({ db, ledger, clock }: OrphanPorts, orphan: Orphan, by: Origin): Promise<ProblemCode | null> {
  const { holdId, jobId, own } = orphan;
  if (holdId === null) return "internal";
  const ended = orphan.kind === "ended-open" && own && jobId !== null;
  const key = ended ? `release:${jobId}` : `recover:${holdId}`;
  const [answer] = await ledger.releaseMany([{ key, holdId, at: clock.now(), note: reasonFor(orphan), by }]);
  if (answer?.kind !== "released" && answer?.code !== "budget.hold-closed") return answer?.code ?? "internal";
  if (ended)
    await settling.recordClosedHolds(
      db,
      [{ jobId, returned: answer.kind === "released" ? answer.returned : (await settling.givenBack(db, [holdId]))(holdId) }],
      clock.now(),
    );
  return null;
}

async function postDue({ db, ledger, clock, pool }: OrphanPorts, { jobId }: Orphan): Promise<ProblemCode | null> {
  const due = await settling.attemptsToSettle(db, pool, FOUND_MAX, addMs(clock.now(), PUT_OFF_MS));
  const unsettled = due.filter((attempt) => attempt.jobId === jobId);
  const { posted, refused } = await postCharges({ db, ledger }, unsettled);
  await db.transaction(async (tx) => {
    await settling.recordCharges(tx, posted, clock.now());
    await settling.settleTasks(tx, pool, clock.now());
  });
  return unsettled.length === 0 ? "internal" : (refused[0]?.code ?? null);
}

/** Under a key that names the reservation that is gone: a job gets one new one for each that it lost. */
async function reserveAgain({ db, ledger }: OrphanPorts, orphan: Orphan, by: Origin): Promise<ProblemCode | null> {
  const { holdId, jobId, account, amount, person, unit } = orphan;
  if (holdId === null || jobId === null) return "internal";
  const ask = { key: `rehold:${jobId}:${holdId}`, account, amount, person, unit, subject: `job:${jobId}`, expiresAt: null, formula: [], expected: null, by };
  const [answer] = await ledger.holdMany([ask]);
  if (answer?.kind !== "granted") return answer?.code ?? "internal";
  await takeHold(db, jobId, holdId, answer.holdId);
  return null;
}
