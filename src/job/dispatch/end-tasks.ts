import { elapsed as between, instant, milliseconds, type Instant, type Milliseconds } from "#kernel";
import type { EndedAttempt } from "../dispatch-store.ts";
import { transition } from "../life.ts";
import { collect } from "../local/collect.ts";
import type { EndMarker } from "../local/control-files.ts";
import { attemptFolder } from "../local/launch.ts";
import type { KeptFile } from "../local/stage.ts";
import { cancelWords, chargeableElapsed, decideEnd, endStateOf, lostElapsed, measuredElapsed, readStatus, type End } from "../outcome.ts";
import type { Verdict } from "../ports.ts";
import type { Attempt, DispatchContext } from "./context.ts";

/** How an attempt is known to have ended. */
export type Ending =
  /** The wrapper wrote it down. */
  | { readonly kind: "written"; readonly end: EndMarker }
  /** The wrapper was seen to end by its parent, but could not write (a full disk): its exit code is the job's. */
  | { readonly kind: "seen"; readonly code: number; readonly at: Instant }
  /** Nobody saw it end. */
  | { readonly kind: "lost"; readonly startedAt: Instant | null; readonly lastSeenAt: Instant | null; readonly reason: string | null }
  /** Nothing of it ever ran. */
  | { readonly kind: "never-ran"; readonly reason: string };

/** Looks at what an attempt left, decides how it ended and what it costs. Reads files; writes nothing. */
export async function examine(context: DispatchContext, attempt: Attempt, ending: Ending): Promise<EndedAttempt> {
  const measured = measure(context, attempt, ending);
  const { work } = attemptFolder(attempt.folder);
  const outOfMemory = context.fence.kills(attempt.token) > 0;
  const judged = measured.status !== null && attempt.cancelled === null && attempt.stopReason === null && !outOfMemory && attempt.job.spec.plan !== null;
  const verdict = judged ? await judge(context, attempt, measured.status) : null;
  const end =
    ending.kind === "never-ran"
      ? neverRan(attempt, ending.reason)
      : decideEnd({
          status: measured.status,
          elapsed: measured.elapsed,
          timeLimit: attempt.job.timeLimit,
          cancelled: attempt.cancelled,
          outOfMemory,
          stopped: attempt.stopReason,
          verdict,
        });
  const outputs = ending.kind === "never-ran" || ending.kind === "lost" ? [] : await keep(work, attempt);
  const charge = context.pricing.charge({
    formula: attempt.job.formula,
    unit: attempt.job.unit,
    elapsed: chargeableElapsed(measured.elapsed, attempt.job.timeLimit, attempt.job.grace),
  });
  const estimated = ending.kind === "lost";
  const again = runsAgain(attempt, end);
  const reason = ending.kind === "lost" && ending.reason !== null && end.outcome === "lost" ? ending.reason : end.reason;
  return {
    token: attempt.token,
    endedAt: measured.endedAt,
    elapsed: measured.elapsed,
    outcome: end.outcome,
    endState: endStateOf(end.outcome, attempt.earlierBoot),
    exitCode: end.exitCode,
    signal: end.signal,
    reason,
    results: verdict?.values ?? [],
    figure: estimated ? "estimated" : "metered",
    charge: charge.amount,
    chargeWords: charge.words,
    flagged: estimated,
    again,
    why: again ? `${reason}; run again (${retriesLeft(attempt)} of ${attempt.job.retry.count} retries left)` : reason,
    files: [...attempt.inputs, ...outputs],
  };
}

type Measured = { readonly status: number | null; readonly elapsed: Milliseconds; readonly endedAt: Instant };

function measure(context: DispatchContext, attempt: Attempt, ending: Ending): Measured {
  const { begun } = attempt;
  switch (ending.kind) {
    case "written":
      return {
        status: ending.end.status,
        endedAt: ending.end.at,
        elapsed: begun === null ? milliseconds(0) : measuredElapsed(ending.end.wallMs - begun.wallMs, ending.end.uptimeMs - begun.uptimeMs),
      };
    case "seen":
      return { status: ending.code, endedAt: ending.at, elapsed: begun === null ? milliseconds(0) : between(begun.startedAt, ending.at) };
    case "lost": {
      const elapsed = lostElapsed(ending.startedAt, ending.lastSeenAt);
      return { status: null, elapsed, endedAt: ending.startedAt === null ? context.clock.now() : instant(ending.startedAt + elapsed) };
    }
    case "never-ran":
      return { status: null, elapsed: milliseconds(0), endedAt: context.clock.now() };
  }
}

function neverRan(attempt: Attempt, reason: string): End {
  const { cancelled } = attempt;
  if (cancelled === null) return { outcome: "failed", exitCode: null, signal: null, reason };
  return { outcome: "cancelled", exitCode: null, signal: null, reason: cancelWords(cancelled.by, cancelled.reason) };
}

/** The app's word. When its files cannot be read that is a result too: nothing shows that it worked. */
async function judge(context: DispatchContext, attempt: Attempt, status: number | null): Promise<Verdict> {
  const { work, log } = attemptFolder(attempt.folder);
  try {
    return await context.apps.judge(attempt.job.spec.plan, { folder: work, log }, readStatus(status));
  } catch (error) {
    return { ok: false, reason: `its results could not be read: ${(error as Error).message}`, values: [] };
  }
}

async function keep(work: string, attempt: Attempt): Promise<readonly KeptFile[]> {
  try {
    return await collect(work, attempt.job.spec.outputs);
  } catch {
    // The job removed its own folder: then there is nothing to keep, and the log beside it still says what happened.
    return [];
  }
}

function runsAgain(attempt: Attempt, end: End): boolean {
  const life = { state: "running", outcome: null, attempt: attempt.attempt, attemptsEnded: attempt.attemptsEnded } as const;
  return transition(life, { kind: "attempt-ended", outcome: end.outcome }, attempt.job.retry)?.state === "queued";
}

function retriesLeft(attempt: Attempt): number {
  return attempt.job.retry.count - attempt.attemptsEnded - 1;
}
