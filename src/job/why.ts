import { addMs, assertNever, formatDuration, formatMemory, formatMoney, milliseconds, type Instant, type MiB, type Micros, type MoneyUnit } from "#kernel";
import type { JobOutcome, JobState, JobWhy } from "./contract.ts";
import { schedule, type PendingJob, type PoolSize, type RunningTask, type Schedule } from "./schedule.ts";

/** Everything that can keep a job from starting. */
export type WhyFacts = {
  readonly now: Instant;
  readonly job: {
    readonly id: string;
    readonly number: string;
    readonly label: string;
    readonly person: string;
    readonly project: string;
    readonly state: JobState;
    readonly outcome: JobOutcome | null;
    readonly reason: string | null;
    readonly cores: number;
    readonly memory: MiB;
    readonly reserved: Micros;
    /** What is asked of the budget when it starts; null when it is reserved. */
    readonly toReserve: Micros | null;
    /** The budget was asked and said no; `reason` has its words. */
    readonly short: boolean;
    /** The alert that lets nothing of its account start, and whose it is. */
    readonly heldBack?: { readonly account: string; readonly alert: bigint } | null;
    readonly unit: MoneyUnit;
    readonly throttle: number | null;
    readonly queued: number;
    readonly waiting: number;
    readonly active: number;
  };
  readonly dependencies: readonly { readonly kind: string; readonly number: string; readonly state: "open" | "met" | "impossible"; readonly word: string }[];
  /** Null when no worker has ever run. */
  readonly pool: (PoolSize & { readonly beatAt: Instant }) | null;
  readonly running: readonly RunningTask[];
  readonly pending: readonly PendingJob[];
  readonly served: ReadonlyMap<string, number>;
};

export type Why = Pick<JobWhy, "headline" | "waits"> & { readonly startsBy: Instant | null };

/** A worker beats every four seconds; silent for this long it is gone. */
export const WORKER_SILENT_MS = 20_000;

/** Steps of the look ahead; each is the end of a running task. */
const LOOK_AHEAD_MAX = 500;

type Wait = JobWhy["waits"][number];

/** Why a job is where it is: what it waits for, what was looked at and is no reason, and when it starts at the latest. */
export function explainJob(facts: WhyFacts): Why {
  const { job } = facts;
  switch (job.state) {
    case "submitted":
      return {
        headline: `${job.label} was taken down and its money is being reserved`,
        waits: [{ kind: "budget", words: "the reservation is being made", ok: false }],
        startsBy: null,
      };
    case "refused":
      return { headline: `${job.label} was refused: ${job.reason ?? "its reservation was not granted"}`, waits: [], startsBy: null };
    case "queued":
    case "waiting":
      return explainWaiting(facts);
    case "starting":
      return { headline: `${job.label} is being started`, waits: [], startsBy: null };
    case "running":
      return explainRunning(facts);
    case "ended":
    case "settled":
      return { headline: `${job.label} ended: ${job.outcome ?? "unknown"}${job.reason === null ? "" : ` (${job.reason})`}`, waits: [], startsBy: null };
    default:
      return assertNever(job.state);
  }
}

function explainRunning(facts: WhyFacts): Why {
  const { job } = facts;
  if (job.queued + job.waiting === 0) return { headline: `${job.label} is running`, waits: [], startsBy: null };
  const rest = explainWaiting(facts);
  return {
    ...rest,
    headline: `${job.label} is running; ${count(job.queued + job.waiting, "task")} of it ${job.queued + job.waiting === 1 ? "waits" : "wait"}`,
  };
}

function explainWaiting(facts: WhyFacts): Why {
  const { job } = facts;
  const open = facts.dependencies.filter((one) => one.state !== "met");
  const waits: Wait[] = open.map((one) => ({ kind: "dependency", words: `job ${one.number} (${one.kind}): ${one.word}`, ok: false }));
  if (open.length === 0 && job.queued === 0 && job.throttle !== null)
    waits.push({ kind: "throttle", words: `its own limit: ${job.active} of ${job.throttle} tasks run`, ok: false });
  const money = budgetWait(facts);
  if (open.length === 0 && !money.ok) waits.push(money);
  const look = open.length === 0 && job.queued > 0 && money.ok ? lookAhead(facts) : null;
  if (look !== null) waits.push(...look.waits);
  const silent = workerWait(facts);
  if (silent !== null) waits.push(silent);
  const reasons = waits.filter((wait) => !wait.ok).length;
  return {
    headline: `${job.label} (${job.person}, ${job.project}) waits for ${reasons === 0 ? "nothing: it starts at once" : count(reasons, "thing")}`,
    waits: money.ok ? [...waits, money] : waits,
    startsBy: silent === null ? (look?.startsBy ?? null) : null,
  };
}

/** Whether money is what it waits for. A job that the dispatcher does not take up although it could is held back for an older one. */
function budgetWait({ job, pending }: WhyFacts): Wait {
  if (job.heldBack != null)
    return {
      kind: "budget",
      words: `alert ${job.heldBack.alert} of ${job.heldBack.account} holds back what has not started: headgate budget alert show ${job.heldBack.alert}`,
      ok: false,
    };
  if (job.toReserve === null) return { kind: "budget", words: `no: ${formatMoney(job.reserved, job.unit)} is reserved`, ok: true };
  if (job.short) return { kind: "budget", words: job.reason ?? "waits for budget", ok: false };
  if (job.queued > 0 && !pending.some((one) => one.id === job.id))
    return { kind: "budget", words: "waits for budget: an older job has waited for the same budget for a long time and goes first", ok: false };
  return { kind: "budget", words: `no: at most ${formatMoney(job.toReserve, job.unit)} is reserved when it starts`, ok: true };
}

function workerWait(facts: WhyFacts): Wait | null {
  if (facts.pool === null) return { kind: "worker", words: "no worker has run yet; headgate server starts one", ok: false };
  const silentMs = facts.now - facts.pool.beatAt;
  return silentMs <= WORKER_SILENT_MS
    ? null
    : { kind: "worker", words: `the worker has been silent for ${formatDuration(milliseconds(silentMs))}; headgate doctor says more`, ok: false };
}

/** Plays the queue forward by the time limits of what runs, with the very rule that the dispatcher uses. */
function lookAhead(facts: WhyFacts): { waits: Wait[]; startsBy: Instant | null } | null {
  const { pool, job } = facts;
  if (pool === null) return null;
  const first = round(facts, pool, facts.now, facts.running, facts.pending);
  if (first.launches.some((launch) => launch.id === job.id)) return { waits: [], startsBy: facts.now };
  return { waits: [turnOrRoom(facts, pool, first)], startsBy: startsBy(facts, pool) };
}

function round(facts: WhyFacts, pool: PoolSize, now: Instant, running: readonly RunningTask[], pending: readonly PendingJob[]): Schedule {
  return schedule({ now, pool, running, pending, served: facts.served, launchesMax: Number.MAX_SAFE_INTEGER });
}

function turnOrRoom(facts: WhyFacts, pool: PoolSize, first: Schedule): Wait {
  const { job } = facts;
  if (job.cores > pool.cores || job.memory > pool.memory)
    return {
      kind: job.cores > pool.cores ? "cores" : "memory",
      words: `this machine has ${pool.cores} cores and ${formatMemory(pool.memory)} for jobs; it asks for more`,
      ok: false,
    };
  const usedCores = facts.running.reduce((sum, task) => sum + task.cores, 0);
  const usedMemory = facts.running.reduce((sum, task) => sum + task.memory, 0);
  if (first.blocked?.id === job.id) return roomWait(job, pool, usedCores, usedMemory, first.blocked.short);
  const others = facts.pending.filter((one) => one.id !== job.id).length;
  const people = new Set(facts.pending.filter((one) => one.id !== job.id).map((one) => one.person)).size;
  if (others === 0) return roomWait(job, pool, usedCores, usedMemory, job.cores > pool.cores - usedCores ? "cores" : "memory");
  return {
    kind: "turn",
    words: `its turn: ${count(others, "other job")} of ${count(people, "person", "people")} in the queue, ${usedCores} of ${pool.cores} cores busy`,
    ok: false,
  };
}

function roomWait(job: WhyFacts["job"], pool: PoolSize, usedCores: number, usedMemory: number, short: "cores" | "memory"): Wait {
  if (short === "cores") return { kind: "cores", words: `${count(job.cores, "core")}: ${usedCores} of ${pool.cores} are busy`, ok: false };
  return { kind: "memory", words: `${formatMemory(job.memory)}: ${usedMemory} of ${pool.memory} MiB are taken`, ok: false };
}

/** The moment at which the job starts when everything before it takes its whole time limit: never later, usually sooner. Null when it lies too far ahead. */
function startsBy(facts: WhyFacts, pool: PoolSize): Instant | null {
  let running = [...facts.running];
  let pending = [...facts.pending];
  let now = facts.now;
  for (let step = 0; step < LOOK_AHEAD_MAX; step += 1) {
    const { launches } = round(facts, pool, now, running, pending);
    if (launches.some((launch) => launch.id === facts.job.id)) return now;
    const started = new Map(launches.map((launch) => [launch.id, launch.tasks]));
    running.push(
      ...pending.flatMap((one) =>
        Array.from({ length: started.get(one.id) ?? 0 }, () => ({
          person: one.person,
          cores: one.cores,
          memory: one.memory,
          startedAt: now,
          endsBy: addMs(now, one.occupies),
        })),
      ),
    );
    pending = pending.map((one) => ({ ...one, tasks: one.tasks - (started.get(one.id) ?? 0) })).filter((one) => one.tasks > 0);
    const next = running.reduce<Instant | null>((soonest, task) => (soonest === null || task.endsBy < soonest ? task.endsBy : soonest), null);
    if (next === null) return null;
    now = next > now ? next : now;
    running = running.filter((task) => task.endsBy > now);
  }
  return null;
}

function count(value: number, one: string, many = `${one}s`): string {
  return `${value} ${value === 1 ? one : many}`;
}
