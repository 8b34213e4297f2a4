import { addMs, instant, invariant, type Instant, type MiB, type Milliseconds } from "#kernel";

/*
 * Who starts next on a pool of cores and memory. Pure: facts in, launches out.
 *
 * Fair: everybody's recent use is kept as core-milliseconds that fade with a half-life, and the person who was served least goes first.
 * Old: what a job has waited counts against what its owner has used, millisecond for millisecond of the whole pool. Because a use that
 * fades has a ceiling (RANK_LEAD_MS_MAX), a job that has waited that much longer than all others is first whoever its owner is: nobody
 * starves.
 * Full: when the first in line does not fit, the moment it surely will is computed from the time limits of what runs, and only such jobs
 * pass it that end before that moment or use what it leaves over (EASY backfill: Lifka, "The ANL/IBM SP scheduling system", 1995).
 */

/** After an hour a use counts half. */
export const SERVED_HALF_LIFE_MS = 3_600_000;

/** A task counts as a minute's use from its first moment, so that a burst of launches is shared out while it is made. */
export const NOTIONAL_MS = 60_000;

/** The most that use can put a job back: a pool used alone for ever fades to half-life / ln 2, and a notional minute on top. */
export const RANK_LEAD_MS_MAX = SERVED_HALF_LIFE_MS / Math.LN2 + NOTIONAL_MS;

export type PoolSize = { readonly cores: number; readonly memory: MiB };

export type RunningTask = {
  readonly person: string;
  readonly cores: number;
  readonly memory: MiB;
  readonly startedAt: Instant;
  /** Time limit and grace included: at this moment it surely has ended. */
  readonly endsBy: Instant;
};

/** A job with tasks that may start now; its tasks are alike. */
export type PendingJob = {
  readonly id: string;
  readonly person: string;
  readonly cores: number;
  readonly memory: MiB;
  /** Time limit and grace. */
  readonly occupies: Milliseconds;
  readonly queuedAt: Instant;
  readonly tasks: number;
};

export type ScheduleFacts = {
  readonly now: Instant;
  readonly pool: PoolSize;
  readonly running: readonly RunningTask[];
  readonly pending: readonly PendingJob[];
  /** Faded core-milliseconds of attempts that have ended, by person. */
  readonly served: ReadonlyMap<string, number>;
  /** Launches of one round, so that a round stays short. */
  readonly launchesMax: number;
};

export type Blocked = { readonly id: string; readonly short: "cores" | "memory"; readonly startsBy: Instant };

export type Schedule = {
  /** In the order of launching; the same job may come several times. */
  readonly launches: readonly { readonly id: string; readonly tasks: number }[];
  /** The first job in line that does not fit, and when it surely will. */
  readonly blocked: Blocked | null;
};

type Room = { cores: number; memory: number };
type Reservation = { readonly at: Instant; readonly spare: Room };

/** Decides one round. Jobs larger than the whole pool are passed over: they were refused at the door, or the pool shrank since. */
export function schedule(facts: ScheduleFacts): Schedule {
  const free = freeOf(facts.pool, facts.running);
  const running = [...facts.running];
  const lines = linesOf(facts);
  const launches = new Map<string, number>();
  let launched = 0;
  let blocked: Blocked | null = null;
  let reservation: Reservation | null = null;
  while (launched < facts.launchesMax && free.cores > 0) {
    const line = firstLine(lines);
    if (line === undefined) break;
    const job = line.jobs[line.at]!;
    if (mayStart(job, free, reservation, facts.now)) {
      launched += 1;
      launches.set(job.id, (launches.get(job.id) ?? 0) + 1);
      take(job, free, reservation, facts.now);
      running.push({ person: job.person, cores: job.cores, memory: job.memory, startedAt: facts.now, endsBy: addMs(facts.now, job.occupies) });
      line.served += (job.cores * NOTIONAL_MS) / facts.pool.cores;
      line.left -= 1;
      if (line.left === 0) nextJob(line);
    } else {
      if (reservation === null && fits(job, facts.pool)) {
        reservation = reserve(job, facts.pool, running);
        blocked = { id: job.id, short: job.cores > free.cores ? "cores" : "memory", startsBy: reservation.at };
      }
      nextJob(line);
    }
  }
  return { launches: [...launches].map(([id, tasks]) => ({ id, tasks })), blocked };
}

/** What a use of `coreMs` that ended `agoMs` ago still counts. */
export function faded(coreMs: number, agoMs: number): number {
  return coreMs * 0.5 ** (Math.max(0, agoMs) / SERVED_HALF_LIFE_MS);
}

/** One person's jobs, oldest first, and what the person was served in milliseconds of the whole pool. */
type Line = { readonly jobs: readonly PendingJob[]; at: number; left: number; served: number; readonly now: Instant };

function linesOf(facts: ScheduleFacts): Line[] {
  const byPerson = Map.groupBy(
    facts.pending.filter((job) => job.tasks > 0),
    (job) => job.person,
  );
  return [...byPerson].map(([person, jobs]) => {
    const sorted = jobs.toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
    return { jobs: sorted, at: 0, left: sorted[0]!.tasks, served: servedMs(person, facts), now: facts.now };
  });
}

function servedMs(person: string, facts: ScheduleFacts): number {
  const past = facts.served.get(person) ?? 0;
  const present = facts.running
    .filter((task) => task.person === person)
    .reduce((sum, task) => sum + task.cores * Math.max(NOTIONAL_MS, facts.now - task.startedAt), 0);
  return (past + present) / facts.pool.cores;
}

function nextJob(line: Line): void {
  line.at += 1;
  line.left = line.jobs[line.at]?.tasks ?? 0;
}

/** Least served first, a wait counting against use; between equals the older job, then the name of the job, so that the order is one. */
function firstLine(lines: readonly Line[]): Line | undefined {
  let best: Line | undefined;
  for (const line of lines) {
    if (line.at >= line.jobs.length) continue;
    if (best === undefined || before(line, best)) best = line;
  }
  return best;
}

function before(a: Line, b: Line): boolean {
  const [jobA, jobB] = [a.jobs[a.at]!, b.jobs[b.at]!];
  const [rankA, rankB] = [a.served - (a.now - jobA.queuedAt), b.served - (b.now - jobB.queuedAt)];
  if (rankA !== rankB) return rankA < rankB;
  return jobA.id < jobB.id;
}

function freeOf(pool: PoolSize, running: readonly RunningTask[]): Room {
  return running.reduce<Room>((free, task) => ({ cores: free.cores - task.cores, memory: free.memory - task.memory }), {
    cores: pool.cores,
    memory: pool.memory,
  });
}

function fits(job: PendingJob, room: Room): boolean {
  return job.cores <= room.cores && job.memory <= room.memory;
}

function mayStart(job: PendingJob, free: Room, reservation: Reservation | null, now: Instant): boolean {
  if (!fits(job, free)) return false;
  return reservation === null || addMs(now, job.occupies) <= reservation.at || fits(job, reservation.spare);
}

function take(job: PendingJob, free: Room, reservation: Reservation | null, now: Instant): void {
  free.cores -= job.cores;
  free.memory -= job.memory;
  if (reservation === null || addMs(now, job.occupies) <= reservation.at) return;
  reservation.spare.cores -= job.cores;
  reservation.spare.memory -= job.memory;
}

/** When the job surely fits, going by the time limits of what runs, and what is then left over beside it. */
function reserve(job: PendingJob, pool: PoolSize, running: readonly RunningTask[]): Reservation {
  const free = freeOf(pool, running);
  for (const task of running.toSorted((a, b) => a.endsBy - b.endsBy)) {
    free.cores += task.cores;
    free.memory += task.memory;
    if (fits(job, free)) return { at: task.endsBy, spare: { cores: free.cores - job.cores, memory: free.memory - job.memory } };
  }
  invariant(fits(job, free), "a job that fits an empty pool fits when everything has ended");
  return { at: instant(0), spare: { cores: free.cores - job.cores, memory: free.memory - job.memory } };
}
