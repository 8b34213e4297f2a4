import { jobRoutes, type JobDetail } from "#job/contract";
import { Problem } from "#kernel";
import { serverRoutes } from "#server/contract";
import type { Client } from "./client.ts";
import type { Context } from "./context.ts";

/** Without an event the job is looked at this often, so that a lost stream of events costs patience and not the truth. */
const LOOK_MS = 2000;

/** A refused job never runs; a settled one has an outcome and its charge. */
export function hasEnded(job: Pick<JobDetail, "state">): boolean {
  return job.state === "settled" || job.state === "refused";
}

/**
 * Looks at a job until it has ended and been charged (or `enough` says so), at every event about it and every two seconds. `each` sees
 * every change of state. Throws `interrupted` on Ctrl-C; the job goes on.
 */
export async function followJob(
  context: Context,
  client: Client,
  job: string,
  each: (job: JobDetail) => void,
  enough: (job: JobDetail) => boolean = hasEnded,
): Promise<JobDetail> {
  const bell = openBell();
  const stop = new AbortController();
  const listening = ringOnEvents(client, job, bell, stop.signal);
  let shown = "";
  try {
    for (;;) {
      const now = await client.call(jobRoutes.show, { params: { job } });
      const state = `${now.state} ${now.started_at ?? ""} ${now.reason ?? ""}`;
      if (state !== shown) each(now);
      shown = state;
      if (enough(now)) return now;
      await bell.wait(LOOK_MS, context.signal);
      if (context.signal.aborted)
        throw new Problem("interrupted", { detail: `stopped waiting for job ${job}`, fix: `The job goes on. headgate job status ${job}` });
    }
  } finally {
    stop.abort();
    await listening;
  }
}

/** Never throws: a stream that breaks, or a server that has none to give, leaves the looking every two seconds. */
async function ringOnEvents(client: Client, job: string, bell: Bell, stop: AbortSignal): Promise<void> {
  const [number] = job.split("_");
  try {
    for await (const { data } of client.events(serverRoutes.events, {}, stop)) {
      // No id: several have changed, or some may have been missed.
      if (data.kind === "job" && (data.id === null || data.id === number)) bell.ring();
    }
  } catch {
    return;
  }
}

type Bell = { ring(): void; wait(ms: number, signal: AbortSignal): Promise<void> };

/** A ring that nobody waited for is not lost: the next wait is over at once. */
function openBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: (ms, signal) =>
      new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          [rung, wake] = [false, null];
          resolve();
        };
        const timer = setTimeout(done, rung || signal.aborted ? 0 : ms);
        signal.addEventListener("abort", done);
        wake = done;
      }),
  };
}
