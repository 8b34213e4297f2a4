import { Problem, type Person } from "#kernel";
import { findJob, type ReadPorts } from "./find-job.ts";
import { readLog } from "./log.ts";
import { listAttempts, type AttemptRow } from "./attempt-store.ts";
import type { FullJob } from "./read-store.ts";
import type { JobReference } from "./reference.ts";

const ATTEMPTS_LOOKED_AT = 1_000;

export type LogWish = {
  readonly offset?: number | undefined;
  readonly tail_bytes?: number | undefined;
  readonly attempt?: number | undefined;
  readonly follow: boolean;
};

/** The log of an attempt, the last by default. Throws `job.no-log` before the first byte when there is none (yet). */
export async function logOfJob(ports: ReadPorts, person: Person, reference: string, wish: LogWish, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { job, reference: read } = await findJob(ports, person, reference, "job.read");
  if (read.index === null && job.arraySpec !== null) {
    throw new Problem("job.no-log", {
      detail: `job ${job.number} is an array, and each of its tasks has a log of its own`,
      fix: `Name a task, e.g. headgate job logs ${job.number}_${/\d+/.exec(job.arraySpec)?.[0] ?? "0"}.`,
    });
  }
  const attempt = await attemptOf(ports, job, read, wish.attempt ?? null);
  const stream = readLog({
    path: `${attempt.folder}/log`,
    offset: wish.offset ?? 0,
    tailBytes: wish.tail_bytes ?? null,
    follow: wish.follow,
    signal,
    number: job.number,
    db: ports.db,
    isOver: async () => (await attemptOf(ports, job, read, attempt.attempt)).over,
  });
  return begun(stream, job.number);
}

async function attemptOf(ports: ReadPorts, job: FullJob, reference: JobReference, attempt: number | null): Promise<AttemptRow> {
  const attempts = await listAttempts(ports.db, job.id, { index: reference.index, limit: ATTEMPTS_LOOKED_AT });
  const found = attempt === null ? attempts[0] : attempts.find((one) => one.attempt === attempt);
  if (found !== undefined) return found;
  throw new Problem("job.no-log", { detail: attempt === null ? `job ${job.number} has not started yet` : `job ${job.number} has no attempt ${attempt}` });
}

/** Reads the first piece before anything is answered, so that a log that is not there is a problem and not a broken stream. */
async function begun(stream: AsyncGenerator<Uint8Array>, number: string): Promise<AsyncIterable<Uint8Array>> {
  const opened = stream.next();
  let first: IteratorResult<Uint8Array>;
  try {
    first = await opened;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Problem("job.no-log", { detail: `the log of job ${number} is not there (any more)` });
    throw error;
  }
  return rest(first, stream);
}

async function* rest(first: IteratorResult<Uint8Array>, stream: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* stream;
  } finally {
    await stream.return(undefined);
  }
}
