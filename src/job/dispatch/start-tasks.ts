import { addMs, milliseconds, newId, Problem, type Instant } from "#kernel";
import { reserveForStart } from "../at-start/service.ts";
import * as store from "../dispatch-store.ts";
import { jobEnvironment } from "../local/environment.ts";
import { attemptFolder, launch } from "../local/launch.ts";
import type { OnGone } from "../local/launcher.ts";
import { stage } from "../local/stage.ts";
import { schedule, type Blocked, type Schedule } from "../schedule.ts";
import type { Attempt, DispatchContext } from "./context.ts";
import type { Running } from "./running.ts";

/** Launches of one round: enough to fill a large machine in two, few enough that ends are looked at in between. */
const LAUNCHES_MAX = 64;

/** Jobs of one person looked at in a round; the older ones come first anyway. */
const JOBS_PER_PERSON_MAX = 200;

/** A job whose money could not be asked for, because the ledger was busy or away, is left alone for this long. */
const REST_MS = milliseconds(5_000);

export type Starter = {
  /** One round: decides, commits, launches. True when another round may launch more. */
  round(): Promise<boolean>;
  /** What is being prepared at this moment; resolves when none of it is. */
  settled(): Promise<void>;
  /** The first job in line that does not fit, for those who ask why. */
  blocked(): Blocked | null;
};

export type StarterEvents = {
  readonly onGone: OnGone;
  /** It cannot be started; nothing ran. */
  readonly onFailed: (attempt: Attempt, reason: string) => void;
  /** It was cancelled before its process was made. */
  readonly onCancelled: (attempt: Attempt) => void;
};

/** `signal`: the pool is lost, or the worker stops. Nothing is claimed or launched after it. */
export function openStarter(context: DispatchContext, epoch: bigint, running: Running, signal: AbortSignal, events: StarterEvents): Starter {
  const facts = new Map<string, store.JobFacts>();
  const preparing = new Set<Promise<void>>();
  const resting = new Map<string, Instant>();
  let blocked: Blocked | null = null;

  async function round(): Promise<boolean> {
    if (signal.aborted || running.free().cores <= 0) return false;
    const now = context.clock.now();
    for (const [id, until] of resting) if (until <= now) resting.delete(id);
    const pending = (await store.pendingJobs(context.db, context.pool.name, JOBS_PER_PERSON_MAX, now)).filter(({ id }) => !resting.has(id));
    const decided = schedule({ now, pool: context.pool, running: running.tasks(), pending, served: running.served(now), launchesMax: LAUNCHES_MAX });
    blocked = decided.blocked;
    if (decided.launches.length === 0 || signal.aborted) return false;
    const without = await unreserved(decided.launches, pending);
    const wanted = decided.launches.filter(({ id }) => !without.has(id));
    const count = wanted.reduce((sum, one) => sum + one.tasks, 0);
    // What got no money leaves its cores to others.
    if (count === 0 || signal.aborted) return without.size > 0;
    const tokens = Array.from({ length: count }, () => newId(context.clock, context.randomness));
    const claimed = await store.claim(context.db, { pool: context.pool, epoch, wanted, tokens, jobsFolder: context.jobsFolder, now });
    if (claimed.length === 0) await demandPool(context, epoch);
    await learn(claimed);
    for (const one of claimed) begin(one);
    return claimed.length === LAUNCHES_MAX || without.size > 0;
  }

  /** Reserves for jobs that are about to start for the first time and whose account reserves then; gives those that have no money. */
  async function unreserved(launches: Schedule["launches"], pending: readonly store.PendingRow[]): Promise<ReadonlySet<string>> {
    const unheld = new Set(pending.filter(({ held }) => !held).map(({ id }) => id));
    const ids = launches.map(({ id }) => id).filter((id) => unheld.has(id));
    if (ids.length === 0) return new Set();
    const { granted, unasked } = await reserveForStart(context, ids);
    for (const id of unasked) resting.set(id, addMs(context.clock.now(), REST_MS));
    return new Set(ids.filter((id) => !granted.has(id)));
  }

  /** Facts of a job are the same for all its tasks: read once, kept while it has tasks here. */
  async function learn(claimed: readonly store.Claimed[]): Promise<void> {
    const needed = new Set(claimed.map((one) => one.jobId));
    const active = new Set(Array.from(running.all(), (attempt) => attempt.job.id));
    for (const id of facts.keys()) if (!needed.has(id) && !active.has(id)) facts.delete(id);
    const missing = [...needed].filter((id) => !facts.has(id));
    if (missing.length === 0) return;
    for (const job of await store.jobFacts(context.db, missing)) facts.set(job.id, job);
  }

  function begin(claimed: store.Claimed): void {
    const job = facts.get(claimed.jobId);
    if (job === undefined) throw new Problem("internal", { detail: `job ${claimed.jobId} was claimed and is not there` });
    const attempt: Attempt = {
      token: claimed.token,
      job,
      index: claimed.index,
      attempt: claimed.attempt,
      attemptsEnded: claimed.attemptsEnded,
      folder: claimed.folder,
      claimedAt: context.clock.now(),
      phase: "staging",
      inputs: [],
      begun: null,
      runningIsCommitted: false,
      gone: null,
      launchedHere: true,
      deadSince: null,
      lastSeenAt: null,
      cancelled: null,
      stopReason: null,
      stopAskedAt: null,
      tidyingSince: null,
      earlierBoot: false,
    };
    running.add(attempt);
    const prepared = prepare(attempt).finally(() => preparing.delete(prepared));
    preparing.add(prepared);
  }

  async function prepare(attempt: Attempt): Promise<void> {
    const folder = attemptFolder(attempt.folder);
    const staged = await stage(folder, attempt.job.spec, context.apps, context.runAs);
    if (signal.aborted) return;
    if (staged.kind === "failed") return events.onFailed(attempt, staged.reason);
    attempt.inputs = staged.files;
    if (attempt.cancelled !== null) return events.onCancelled(attempt);
    attempt.phase = "launched";
    const { job } = attempt;
    const environment = jobEnvironment({
      host: process.env,
      runAs: context.runAs,
      job: { ...job, memoryMib: job.memory },
      task: { index: attempt.index, count: job.tasks, attempt: attempt.attemptsEnded + 1, token: attempt.token },
      spec: job.spec,
    });
    await launch(
      {
        token: attempt.token,
        folder,
        command: job.spec.command,
        environment,
        timeLimit: job.timeLimit,
        grace: job.grace,
        memory: job.memory,
        runAs: context.runAs,
      },
      context,
      events.onGone,
    );
  }

  return {
    round,
    settled: async () => {
      while (preparing.size > 0) await Promise.allSettled(preparing);
    },
    blocked: () => blocked,
  };
}

/** Nothing could be claimed although something was there: it went another way, or the pool is somebody else's. */
async function demandPool(context: DispatchContext, epoch: bigint): Promise<void> {
  if (await store.beat(context.db, context.pool.name, epoch, context.clock.now())) return;
  throw new Problem("job.pool-lost", { detail: `another dispatcher has taken the pool ${context.pool.name}` });
}
