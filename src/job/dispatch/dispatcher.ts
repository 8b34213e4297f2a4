import { setTimeout as pause } from "node:timers/promises";
import { Problem, type Instant } from "#kernel";
import * as store from "../dispatch-store.ts";
import { SERVED_HALF_LIFE_MS, type Blocked } from "../schedule.ts";
import { WORKER, type DispatchContext } from "./context.ts";
import { beat, boundLogs, end, lookAt, review, sweep, writeJournal, type Period } from "./period.ts";
import { pump, type Pump } from "./pump.ts";
import { recover } from "./recover.ts";
import { openRunning } from "./running.ts";
import { settle } from "./settle.ts";
import { openStarter, type Starter } from "./start-tasks.ts";
import { watchFiles } from "./watch-tasks.ts";

/** How often everything is looked at whatever events say, and how often the pool's beat is written: proof of life at most 10 s old. */
const LOOK_EVERY_MS = 500;
const BEAT_EVERY_MS = 4_000;

/** Dependencies, cancels and charges are looked at this often even when nothing was heard of: a notification may have been lost. */
const REVIEW_EVERY_MS = 2_000;

/** What is between its marker and its line when the worker stops is waited for this often; a busy machine may hold a process up. */
const LAST_LOOKS_MAX = 40;
const LAST_LOOK_MS = 5;

/** Most tasks are prepared in milliseconds. */
const PREPARING_MS_MAX = 2_000;

export type Dispatching = {
  /** Something was submitted or cancelled. */
  poke(): void;
  running(): number;
  blocked(): Blocked | null;
  /** Rejects with what ended it; resolves after `stop`. */
  readonly over: Promise<void>;
  /** Starts nothing more, writes down what has ended, gives back what was claimed and not started. What runs goes on. */
  stop(): Promise<void>;
};

type Parts = { readonly starter: Starter; readonly pumps: { readonly journal: Pump; readonly start: Pump; readonly settle: Pump } };

/** Dispatches one pool until it is stopped or `lost` is given. The caller holds the pool's lock, so there is one dispatcher for a pool. */
export async function dispatch(context: DispatchContext, taken: { epoch: bigint; beatBefore: Instant | null }, lost: AbortSignal): Promise<Dispatching> {
  const now = context.clock.now();
  const running = openRunning(context.pool, await store.served(context.db, context.pool.name, now, SERVED_HALF_LIFE_MS), now);
  for (const attempt of await recover(context, taken.beatBefore)) running.add(attempt);

  const outcome = Promise.withResolvers<void>();
  outcome.promise.catch(() => undefined);
  const over = new AbortController();
  const fail = (error: unknown) => {
    over.abort();
    // Nothing of this period may still write when the next one begins.
    void quiesce(period, parts).then(() => outcome.reject(error));
  };
  lost.addEventListener("abort", () =>
    fail(new Problem("job.pool-lost", { detail: `the lock of the pool ${context.pool.name} was lost with its connection` })),
  );
  const poke = { journal: () => parts.pumps.journal.poke(), start: () => parts.pumps.start.poke(), settle: () => parts.pumps.settle.poke() };
  const period: Period = {
    context,
    epoch: taken.epoch,
    running,
    over,
    ended: [],
    examining: new Set(),
    toSweep: [],
    waitingMayMove: true,
    cancelMayBe: true,
    poke,
    fail,
  };
  const parts = openParts(period);
  const stopTimers = startTimers(period);
  over.signal.addEventListener("abort", stopTimers);
  lookAt(period);
  poke.start();
  poke.settle();
  return {
    poke: () => {
      period.cancelMayBe = true;
      period.waitingMayMove = true;
      poke.start();
      poke.settle();
    },
    running: () => running.size,
    blocked: parts.starter.blocked,
    over: outcome.promise,
    stop: async () => {
      try {
        await stop(period, parts);
      } finally {
        outcome.resolve();
      }
    },
  };
}

function openParts(period: Period): Parts {
  const { context, running, over, fail } = period;
  const starter = openStarter(context, period.epoch, running, over.signal, {
    onGone: (token, gone) => {
      const attempt = running.get(token);
      if (attempt === undefined || over.signal.aborted) return;
      attempt.gone = gone;
      lookAt(period, [attempt]);
    },
    onFailed: (attempt, reason) => end(period, attempt, { kind: "never-ran", reason }),
    onCancelled: (attempt) => end(period, attempt, { kind: "never-ran", reason: "cancelled" }),
  });
  const start = pump(async () => {
    await review(period);
    while (await starter.round());
  }, fail);
  return { starter, pumps: { start, journal: pump(() => writeJournal(period), fail), settle: pump(() => settleCalmly(context), fail) } };
}

/** Money that cannot be moved at this moment is moved at the next review: it keeps no job from starting. */
async function settleCalmly(context: DispatchContext): Promise<void> {
  try {
    await settle(context);
  } catch (error) {
    context.log.error({ err: error }, "charges could not be posted; they are tried again");
  }
}

/** Everything that happens by itself; gives the way to end it. */
function startTimers(period: Period): () => void {
  const { context, running, poke } = period;
  const unwatch = watchFiles(context.files.folder, (token) => {
    const attempt = running.get(token);
    if (attempt !== undefined) lookAt(period, [attempt]);
  });
  const timers = [
    setInterval(() => {
      if (running.size > 0) context.keeper.ensure();
      lookAt(period);
    }, LOOK_EVERY_MS),
    setInterval(() => {
      beat(period).catch(period.fail);
    }, BEAT_EVERY_MS),
    setInterval(() => {
      period.cancelMayBe = true;
      period.waitingMayMove = true;
      sweep(period);
      boundLogs(period);
      poke.start();
      poke.settle();
    }, REVIEW_EVERY_MS),
  ];
  return () => {
    unwatch();
    timers.forEach(clearInterval);
  };
}

async function quiesce(period: Period, { starter, pumps }: Parts): Promise<void> {
  await Promise.all([pumps.start.stop(), pumps.journal.stop(), pumps.settle.stop(), preparedSoon(starter)]);
  while (period.examining.size > 0) await Promise.all(period.examining);
}

/** What copies large inputs is not waited for: it launches nothing any more, and its task goes back to the queue. */
async function preparedSoon(starter: Starter): Promise<void> {
  await Promise.race([starter.settled(), pause(PREPARING_MS_MAX, undefined, { ref: false })]);
}

/** The order matters: nothing new, then what was claimed in vain is taken back, then what is known is written down and charged. */
async function stop(period: Period, { starter, pumps }: Parts): Promise<void> {
  const { context, running } = period;
  period.over.abort();
  await pumps.start.stop();
  await preparedSoon(starter);
  // A wrapper that has not come to its marker by now finds it taken, and does nothing.
  const inVain = Array.from(running.all()).filter((attempt) => attempt.begun === null && attempt.phase !== "ending" && context.files.revoke(attempt.token));
  for (let look = 0; look < LAST_LOOKS_MAX; look += 1) {
    lookAt(period);
    if (Array.from(running.all()).every((attempt) => attempt.begun !== null || inVain.includes(attempt))) break;
    // Its marker is there and its line is being written.
    await pause(LAST_LOOK_MS);
  }
  sweep(period);
  while (period.examining.size > 0) await Promise.all(period.examining);
  await pumps.journal.stop();
  await writeJournal(period);
  await pumps.settle.stop();
  await settle(context);
  const tokens = inVain.map((attempt) => attempt.token);
  await store.revokeLaunches(context.db, tokens, context.clock.now(), WORKER);
  if (running.size === tokens.length) context.keeper.stop();
}
