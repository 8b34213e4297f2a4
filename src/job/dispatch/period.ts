import { statSync } from "node:fs";
import { Problem, type Instant } from "#kernel";
import * as store from "../dispatch-store.ts";
import { attemptFolder } from "../local/launch.ts";
import { WORKER, type Attempt, type DispatchContext } from "./context.ts";
import { examine, type Ending } from "./end-tasks.ts";
import type { Running } from "./running.ts";
import { askToStop, isOverdue, killAll, look, remains } from "./watch-tasks.ts";

/** What one dispatcher knows while it has the pool. Its parts run as pumps, each one run at a time; they meet only here. */
export type Period = {
  readonly context: DispatchContext;
  readonly epoch: bigint;
  readonly running: Running;
  /** Given when the pool is lost or the worker stops. */
  readonly over: AbortController;
  /** Examined and not yet written down. */
  readonly ended: { readonly attempt: Attempt; readonly end: store.EndedAttempt }[];
  readonly examining: Set<Promise<void>>;
  /** Ended a moment ago; what they left outside their process group is looked for now and then, because that means reading all of /proc. */
  readonly toSweep: Attempt[];
  /** Tasks may be able to come out of `waiting`. */
  waitingMayMove: boolean;
  /** Somebody may have cancelled something that runs. */
  cancelMayBe: boolean;
  readonly poke: { readonly journal: () => void; readonly start: () => void; readonly settle: () => void };
  readonly fail: (error: unknown) => void;
};

/** Looks at some attempts, all of them by default; what has begun or ended is handed on. */
export function lookAt(period: Period, attempts: Iterable<Attempt> = period.running.all()): void {
  const now = period.context.clock.now();
  const endings: [Attempt, Ending][] = [];
  for (const attempt of attempts) {
    const ending = look(period.context, attempt, now);
    if (ending !== null) endings.push([attempt, ending]);
    else if (attempt.begun !== null && !attempt.runningIsCommitted) period.poke.journal();
    if (ending === null && (attempt.cancelled !== null || attempt.stopReason !== null)) stopOne(period, attempt);
    if (ending === null && isOverdue(attempt, now)) killAll(period.context, [attempt]);
  }
  if (endings.length > 0) finish(period, endings);
}

/** A wrapper becomes ready to be asked within milliseconds of its start. */
const ASK_AGAIN_MS = 20;

/** Killed processes are gone within milliseconds, unless the kernel holds them (a file server that does not answer). */
const TIDY_AGAIN_MS = 10;
const TIDY_MS_MAX = 30_000;

/** A log may grow to this; a job that prints without end would fill the disk that everything else needs too. */
const LOG_BYTES_MAX = 4 * 1024 ** 3;

/** Looks at how much running attempts have printed, and stops those that print without end. */
export function boundLogs(period: Period): void {
  for (const attempt of period.running.all()) {
    if (attempt.phase !== "launched" || attempt.begun === null || attempt.stopReason !== null) continue;
    const bytes = statSync(attemptFolder(attempt.folder).log, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes <= LOG_BYTES_MAX) continue;
    attempt.stopReason = `printed more than ${LOG_BYTES_MAX / 1024 ** 3} GiB`;
    stopOne(period, attempt);
  }
}

/** What attempts left behind is ended, and gone, before they end: only then are their cores free. */
function finish(period: Period, endings: readonly [Attempt, Ending][]): void {
  const { context, toSweep } = period;
  const now = context.clock.now();
  const untidy = endings.filter(([attempt, ending]) => leavesSomething(context, attempt, ending) && !tidiedTooLong(period, attempt, now));
  if (untidy.length > 0) {
    killAll(
      context,
      untidy.map(([attempt]) => attempt),
    );
    setTimeout(
      () =>
        !period.over.signal.aborted &&
        lookAt(
          period,
          untidy.map(([attempt]) => attempt),
        ),
      TIDY_AGAIN_MS,
    );
  }
  for (const [attempt, ending] of endings) {
    if (untidy.some(([one]) => one === attempt)) {
      attempt.tidyingSince ??= now;
      continue;
    }
    // What a lost attempt left behind shows that it lived until it was ended.
    end(period, attempt, ending.kind === "lost" && attempt.tidyingSince !== null ? { ...ending, lastSeenAt: attempt.tidyingSince } : ending);
    toSweep.push(attempt);
  }
}

function tidiedTooLong({ context }: Period, attempt: Attempt, now: Instant): boolean {
  if (attempt.tidyingSince === null || now - attempt.tidyingSince < TIDY_MS_MAX) return false;
  context.log.warn({ job: attempt.job.number, attempt: attempt.token }, "what a job left behind cannot be ended; its cores are given free all the same");
  return true;
}

/** Cheap to ask where the wrapper came to its end: an empty process group and an empty memory limit mean that nothing is left but what went out of its way. */
function leavesSomething(context: DispatchContext, attempt: Attempt, ending: Ending): boolean {
  if (context.fence.inside(attempt.token).length > 0) return true;
  if (ending.kind === "lost") return remains(context, [attempt]).length > 0;
  return ending.kind === "written" && context.processes.groupExists(ending.end.group);
}

/** Ends what attempts left in their sessions outside their process groups. */
export function sweep(period: Period): void {
  killAll(period.context, period.toSweep.splice(0));
}

/** Judging and keeping take their time; many attempts do it side by side. */
export function end(period: Period, attempt: Attempt, ending: Ending): void {
  attempt.phase = "ending";
  const examined = examine(period.context, attempt, ending)
    .then((result) => {
      period.ended.push({ attempt, end: result });
      period.poke.journal();
    })
    .catch(period.fail)
    .finally(() => period.examining.delete(examined));
  period.examining.add(examined);
}

/** Cancelled before any process was made, or asked to stop now. */
export function stopOne(period: Period, attempt: Attempt): void {
  if (attempt.phase !== "launched") return;
  if (askToStop(period.context, attempt, period.context.clock.now())) end(period, attempt, { kind: "never-ran", reason: "cancelled" });
  else if (attempt.stopAskedAt === null) setTimeout(() => !period.over.signal.aborted && lookAt(period, [attempt]), ASK_AGAIN_MS);
}

/** Writes down what has begun and what has ended, in one commit; then the cores of what ended are free. */
export async function writeJournal(period: Period): Promise<void> {
  const { context, running } = period;
  const ended = period.ended.splice(0);
  const begun = Array.from(running.all()).filter((attempt) => attempt.begun !== null && !attempt.runningIsCommitted);
  if (begun.length === 0 && ended.length === 0) return;
  const seen = begun.map((attempt): store.Seen => ({
    token: attempt.token,
    pid: attempt.begun!.pid,
    startTicks: attempt.begun!.startTicks,
    startedAt: attempt.begun!.startedAt,
  }));
  await context.db.transaction(async (tx) => {
    await store.markRunning(tx, seen, WORKER);
    await store.endAttempts(
      tx,
      ended.map((one) => one.end),
      WORKER,
    );
  });
  for (const attempt of begun) attempt.runningIsCommitted = true;
  if (ended.length === 0) return;
  const now = context.clock.now();
  for (const { attempt, end: result } of ended) {
    running.remove(attempt, result.elapsed, now);
    context.files.forget(attempt.token, attempt.begun === null);
    context.fence.lower(attempt.token);
  }
  period.waitingMayMove = true;
  period.poke.start();
  period.poke.settle();
}

/** Moves what waits, marks what was cancelled, and tells whether this is still our pool. */
export async function review(period: Period): Promise<void> {
  const { context } = period;
  if (period.cancelMayBe) {
    period.cancelMayBe = false;
    for (const { token, by, reason } of await store.cancelledActive(context.db, context.pool.name)) {
      const attempt = period.running.get(token);
      if (attempt === undefined || attempt.cancelled !== null) continue;
      attempt.cancelled = { by, reason };
      stopOne(period, attempt);
    }
  }
  while (period.waitingMayMove && !period.over.signal.aborted) {
    period.waitingMayMove = (await store.moveWaiting(context.db, context.pool.name, context.clock.now())) > 0;
  }
}

/** Proof of life for the pool, and the moment to notice that somebody else has it. */
export async function beat(period: Period): Promise<void> {
  const { context, epoch } = period;
  if (await store.beat(context.db, context.pool.name, epoch, context.clock.now())) return;
  throw new Problem("job.pool-lost", { detail: `another dispatcher has taken the pool ${context.pool.name}` });
}
