import { elapsed, milliseconds, parseInstant, type Instant, type Milliseconds } from "#kernel";
import type { JobSummary } from "#job/contract";

/** How long a job has run: counted on while it runs, as the server measured it afterwards; null before it began. */
export function elapsedOf(job: Pick<JobSummary, "state" | "started_at" | "ended_at" | "elapsed_ms">, now: Instant): Milliseconds | null {
  const start = job.started_at === null ? undefined : parseInstant(job.started_at);
  if (job.state === "running" && start !== undefined && job.ended_at === null) return elapsed(start, now);
  return job.elapsed_ms === null ? null : milliseconds(job.elapsed_ms);
}
