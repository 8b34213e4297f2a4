import { addMs, invariant, mib, milliseconds, secondsToMs, type Instant, type Milliseconds } from "#kernel";
import { faded, type PoolSize, type RunningTask } from "../schedule.ts";
import type { Attempt } from "./context.ts";

/** What occupies the pool at this moment, and who was served how much. Only what is committed enters, and leaves after its end is committed. */
export type Running = {
  add(attempt: Attempt): void;
  remove(attempt: Attempt, elapsed: Milliseconds, now: Instant): void;
  get(token: string): Attempt | undefined;
  all(): IterableIterator<Attempt>;
  readonly size: number;
  free(): PoolSize;
  tasks(): RunningTask[];
  served(now: Instant): ReadonlyMap<string, number>;
};

export function openRunning(pool: PoolSize, past: ReadonlyMap<string, number>, pastAt: Instant): Running {
  const attempts = new Map<string, Attempt>();
  const used = new Map([...past].map(([person, coreMs]) => [person, { coreMs, at: pastAt }]));
  let cores = 0;
  let memory = 0;

  function occupy(attempt: Attempt, sign: 1 | -1): void {
    cores += sign * attempt.job.cores;
    memory += sign * attempt.job.memory;
  }

  return {
    add: (attempt) => {
      invariant(!attempts.has(attempt.token), "an attempt is claimed once");
      attempts.set(attempt.token, attempt);
      occupy(attempt, 1);
    },
    remove: (attempt, elapsed, now) => {
      if (!attempts.delete(attempt.token)) return;
      occupy(attempt, -1);
      const before = used.get(attempt.job.person);
      const faint = before === undefined ? 0 : faded(before.coreMs, now - before.at);
      used.set(attempt.job.person, { coreMs: faint + attempt.job.cores * elapsed, at: now });
    },
    get: (token) => attempts.get(token),
    all: () => attempts.values(),
    get size() {
      return attempts.size;
    },
    free: () => ({ cores: pool.cores - cores, memory: mib(pool.memory - memory) }),
    tasks: () => Array.from(attempts.values(), asRunningTask),
    served: (now) => new Map([...used].map(([person, { coreMs, at }]) => [person, faded(coreMs, now - at)])),
  };
}

function asRunningTask(attempt: Attempt): RunningTask {
  const startedAt = attempt.begun?.startedAt ?? attempt.claimedAt;
  return { person: attempt.job.person, cores: attempt.job.cores, memory: attempt.job.memory, startedAt, endsBy: addMs(startedAt, occupies(attempt)) };
}

/** The longest that an attempt runs: time limit and grace. */
export function occupies(attempt: Attempt): Milliseconds {
  return milliseconds(secondsToMs(attempt.job.timeLimit) + attempt.job.grace);
}
