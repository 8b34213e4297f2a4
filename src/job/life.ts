import type { JobOutcome, JobState, RetryCause } from "./contract.ts";
import { assertNever } from "#kernel";

/*
 * The life of a task. A plain job has one task, an array has many; money is reserved once for the whole job.
 *
 * `submitted` is written down and committed before anything else happens. The hold is asked for next, with a key made from the job's own
 * id, so that asking twice is one hold. A "no" makes it `refused`, the end of a job that never cost anything. A "yes" makes it `queued`, or
 * `waiting` when a dependency is open or the array's throttle is used up; it comes out of `waiting` when the last of these is gone, or ends
 * there when a dependency can no longer be met.
 *
 * The dispatcher takes it from the queue: `starting` is committed, with the number of the attempt and a token of its own, before any process
 * is made. A process that was made proves itself by a start marker that only one side can create: `running` when the process was first; back to
 * `queued` when recovery was first and so knows that nothing ran or will. What fails before the process (an input that has changed) ends.
 *
 * From `running` there is one way out, the end of the attempt, however it comes about. If the retry rule allows another attempt the task goes
 * back to `queued` (the attempt that ended is charged on its own); if not it is `ended` with one outcome, for ever. `settled` follows when every
 * attempt has been charged: nothing about the task can change any more.
 *
 * Every arrow is a row in job_event, written by a trigger in the statement that makes the change, and the table refuses arrows that are not here.
 */

/** Every arrow there is, the same list as the check `job_event_is_an_arrow` in 000003-job.sql. */
export const ARROWS: Readonly<Record<JobState, readonly JobState[]>> = {
  submitted: ["refused", "queued", "waiting"],
  refused: [],
  queued: ["waiting", "starting", "ended"],
  waiting: ["queued", "ended"],
  starting: ["running", "queued", "ended"],
  running: ["queued", "ended"],
  ended: ["settled"],
  settled: [],
};

/** What can happen to a task. `ended` carries how the attempt ended. */
export type LifeEvent =
  | { readonly kind: "hold-granted"; readonly mustWait: boolean }
  | { readonly kind: "hold-refused" }
  | { readonly kind: "released-to-queue" }
  | { readonly kind: "dependency-impossible" }
  | { readonly kind: "cancelled-before-start" }
  | { readonly kind: "claimed" }
  | { readonly kind: "process-seen" }
  | { readonly kind: "launch-revoked" }
  | { readonly kind: "attempt-ended"; readonly outcome: JobOutcome }
  | { readonly kind: "all-charged" };

export type TaskLife = {
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
  /** Attempts begun so far; a revoked launch counts, so that every token has its own number. */
  readonly attempt: number;
  /** Attempts that truly began to run and ended. */
  readonly attemptsEnded: number;
};

export type RetryRule = { readonly count: number; readonly on: readonly RetryCause[] };

export const NO_RETRY: RetryRule = { count: 0, on: [] };

/** The next life of a task, or null when the event does not fit the state: late, doubled, or for a task that is done. Nothing is then changed. */
export function transition(life: TaskLife, event: LifeEvent, retry: RetryRule): TaskLife | null {
  switch (event.kind) {
    case "hold-granted":
      return life.state === "submitted" ? { ...life, state: event.mustWait ? "waiting" : "queued" } : null;
    case "hold-refused":
      return life.state === "submitted" ? { ...life, state: "refused" } : null;
    case "released-to-queue":
      return life.state === "waiting" ? { ...life, state: "queued" } : null;
    case "dependency-impossible":
      return life.state === "waiting" ? { ...life, state: "ended", outcome: "dependency-failed" } : null;
    case "cancelled-before-start":
      return life.state === "waiting" || life.state === "queued" ? { ...life, state: "ended", outcome: "cancelled" } : null;
    case "claimed":
      return life.state === "queued" ? { ...life, state: "starting", attempt: life.attempt + 1 } : null;
    case "process-seen":
      return life.state === "starting" ? { ...life, state: "running" } : null;
    case "launch-revoked":
      return life.state === "starting" ? { ...life, state: "queued" } : null;
    case "attempt-ended":
      return life.state === "running" || life.state === "starting" ? afterAttempt(life, event.outcome, retry) : null;
    case "all-charged":
      return life.state === "ended" ? { ...life, state: "settled" } : null;
    default:
      return assertNever(event);
  }
}

function afterAttempt(life: TaskLife, outcome: JobOutcome, retry: RetryRule): TaskLife {
  const attemptsEnded = life.attemptsEnded + 1;
  if (mayRetry(outcome, attemptsEnded, retry)) return { ...life, state: "queued", attemptsEnded };
  return { ...life, state: "ended", outcome, attemptsEnded };
}

/** Whether an attempt that ended this way is followed by another. Memory that did not suffice once will not suffice again, so it is never retried. */
export function mayRetry(outcome: JobOutcome, attemptsEnded: number, retry: RetryRule): boolean {
  if (outcome !== "failed" && outcome !== "timeout" && outcome !== "lost") return false;
  return attemptsEnded <= retry.count && retry.on.includes(outcome);
}

export function isFinal(state: JobState): boolean {
  return state === "refused" || state === "ended" || state === "settled";
}

/** How many tasks of an array are in each state. */
export type TaskCounts = {
  readonly waiting: number;
  readonly queued: number;
  readonly starting: number;
  readonly running: number;
  readonly ended: number;
  readonly settled: number;
};

/** The state of an array as one word: the least finished thing that is going on (running before queued, because something moves). Same rule as job_state_of in SQL. */
export function stateOfCounts(counts: TaskCounts): JobState {
  if (counts.running > 0) return "running";
  if (counts.starting > 0) return "starting";
  if (counts.queued > 0) return "queued";
  if (counts.waiting > 0) return "waiting";
  return counts.ended > 0 ? "ended" : "settled";
}

/** From best to worst: an array is as good as its worst task. */
const OUTCOME_ORDER: readonly JobOutcome[] = ["completed", "cancelled", "dependency-failed", "timeout", "out-of-memory", "failed", "lost"];

/** The outcome of an array: completed only when every task is; else the worst that happened. Same rule as job_worse_outcome in SQL. */
export function worstOutcome(outcomes: readonly JobOutcome[]): JobOutcome | null {
  return outcomes.reduce<JobOutcome | null>((worst, one) => (worst === null || OUTCOME_ORDER.indexOf(one) > OUTCOME_ORDER.indexOf(worst) ? one : worst), null);
}
