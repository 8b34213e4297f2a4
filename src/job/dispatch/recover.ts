import { Problem, instant, type Instant } from "#kernel";
import * as store from "../dispatch-store.ts";
import { RECOVERY, type Attempt, type Begun, type DispatchContext } from "./context.ts";

/**
 * What a dispatcher finds when it begins: attempts that an earlier one claimed, before it ended in whatever way.
 *
 * The start marker says which of them have a process. Where there is none, creating it here makes sure that none will come, and the task goes back to the
 * queue. Where there is one, the attempt is followed like an own one: it runs, or has written its outcome, or is lost. After a reboot nothing can be alive
 * and no wrapper can come; what was being launched then is lost as well, because a marker that was not yet on the disk proves nothing.
 */
export async function recover(context: DispatchContext, beatBefore: Instant | null): Promise<Attempt[]> {
  const active = await store.activeAttempts(context.db, context.pool.name);
  const jobs = new Map((await store.jobFacts(context.db, [...new Set(active.map((one) => one.jobId))])).map((job) => [job.id, job]));
  const revoked: string[] = [];
  const attempts: Attempt[] = [];
  for (const row of active) {
    const job = jobs.get(row.jobId);
    if (job === undefined) throw new Problem("internal", { detail: `job ${row.jobId} has an attempt and is not there` });
    const earlierBoot = row.bootId !== context.pool.bootId;
    if (!earlierBoot && row.state === "starting" && neverComes(context, row.token)) revoked.push(row.token);
    else attempts.push(takeUp(row, job, earlierBoot, beatBefore));
  }
  lowerStale(context, new Set(active.map((one) => one.token)));
  await store.revokeLaunches(context.db, revoked, context.clock.now(), RECOVERY);
  if (active.length > 0)
    context.log.info({ pool: context.pool.name, taken: attempts.length, revoked: revoked.length }, "took up what an earlier worker had started");
  return attempts;
}

/** Memory limits that nobody will lower any more; one in which something still is cannot be. */
function lowerStale(context: DispatchContext, active: ReadonlySet<string>): void {
  for (const token of context.fence.standing()) if (!active.has(token)) context.fence.lower(token);
}

/** True when no process has run under this token and none can. */
function neverComes(context: DispatchContext, token: string): boolean {
  const marker = context.files.start(token);
  return marker.kind === "revoked" || (marker.kind === "none" && context.files.revoke(token));
}

function takeUp(row: store.ActiveAttempt, job: store.JobFacts, earlierBoot: boolean, beatBefore: Instant | null): Attempt {
  const begun = begunOf(row);
  return {
    token: row.token,
    job,
    index: row.index,
    attempt: row.attempt,
    attemptsEnded: row.attemptsEnded,
    folder: row.folder,
    claimedAt: row.claimedAt,
    phase: "launched",
    inputs: [],
    begun,
    runningIsCommitted: row.state === "running",
    gone: null,
    launchedHere: false,
    deadSince: null,
    lastSeenAt: begun === null ? null : lastSeen(begun, beatBefore),
    cancelled: null,
    stopReason: null,
    stopAskedAt: null,
    tidyingSince: null,
    earlierBoot,
  };
}

/** The dispatcher before looked at what it had started all the time it lived; so a process seen by it lived at its last beat, unless it had ended unseen. */
function lastSeen(begun: Begun, beatBefore: Instant | null): Instant {
  return beatBefore !== null && beatBefore > begun.startedAt ? beatBefore : begun.startedAt;
}

/** From the database where the marker is not at hand; clock ticks are hundredths of a second on every Linux (USER_HZ). */
function begunOf(row: store.ActiveAttempt): Begun | null {
  if (row.pid === null || row.startTicks === null || row.startedAt === null) return null;
  return { pid: row.pid, startTicks: row.startTicks, startedAt: instant(row.startedAt), wallMs: row.startedAt, uptimeMs: Number(row.startTicks) * 10 };
}
