import { Problem } from "#kernel";
import { ranMs } from "./jobs.ts";
import { findJob, tick, type World } from "./world.ts";

/** How often the mock looks whether a job has moved on, and how often a program prints. */
const TICK_MS = 200;

/** The event stream: a change of jobs each time the world moved. */
export function changes(world: World, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(": open\n\n"));
      const tell = () => controller.enqueue(encoder.encode(`event: job\ndata: ${JSON.stringify({ kind: "job", id: null })}\n\n`));
      const timer = setInterval(() => tick(world), TICK_MS);
      world.watchers.add(tell);
      signal.addEventListener("abort", () => {
        clearInterval(timer);
        world.watchers.delete(tell);
        controller.close();
      });
    },
  });
}

/** A job's log, as far as it has come; with `follow` until the job has ended. */
export function logText(world: World, number: string, person: string, follow: boolean, signal: AbortSignal): ReadableStream<Uint8Array> {
  const job = findJob(world, number, person);
  if (job.detail.started_at === null) throw new Problem("job.no-log", { detail: `Job ${number} has not started.` });
  const encoder = new TextEncoder();
  let [sent, timer] = [0, undefined as ReturnType<typeof setInterval> | undefined];
  return new ReadableStream({
    start(controller) {
      const close = () => {
        clearInterval(timer);
        timer = undefined;
        controller.close();
      };
      const more = () => {
        const ran = ranMs(job, world.now());
        const text = job.log(job.detail.outcome === "completed" ? Math.max(ran, job.plan.runsMs) : ran);
        if (text.length > sent) controller.enqueue(encoder.encode(text.slice(sent)));
        sent = text.length;
        if ((!follow || job.detail.outcome !== null) && timer !== undefined) close();
      };
      timer = setInterval(more, TICK_MS);
      signal.addEventListener("abort", () => {
        if (timer !== undefined) close();
      });
      more();
    },
  });
}
