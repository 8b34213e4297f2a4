import { jobRoutes, type JobDetail, type JobEvent } from "#job/contract";
import type { RunOf } from "../command.ts";
import { duration, localTime, money } from "../format.ts";
import { jobPairs } from "../job-text.ts";
import { jobReference } from "../job-reference.ts";
import type { View } from "../output.ts";
import { renderPairs, renderTable } from "../table.ts";
import { jobTable } from "./job-look.ts";
import type { statusTakes } from "./job.ts";

const PAGE = 1000;

/**
 * The answer's shape with -o json is that of GET /api/v1/jobs/:job; with --tasks that of its tasks, with --events that of its journal,
 * each `{ items, next }`.
 */
export const showStatus: RunOf<typeof statusTakes> = async (context, { args, flags }) => {
  const { output } = context;
  const client = await context.client();
  const params = { job: jobReference(args.job) };
  if (flags.tasks) {
    const tasks = await client.call(jobRoutes.tasks, { params, query: { limit: PAGE } });
    await output.show(tasks, (view) => jobTable(tasks.items, view, context.clock.now()));
    if (tasks.next !== null) output.note(`Only the first ${tasks.items.length} tasks are shown.\n`);
    return;
  }
  if (flags.events) {
    const events = await client.call(jobRoutes.events, { params, query: { limit: PAGE } });
    await output.show(events, (view) => eventTable(events.items, view));
    if (events.next !== null) output.note(`Only the first ${events.items.length} events are shown.\n`);
    return;
  }
  const job = await client.call(jobRoutes.show, { params });
  await output.show(
    job,
    (view) => `${view.style.bold(`job ${job.number}`)}  ${job.name}\n${renderPairs(jobPairs(job, view.style), view.style, "  ")}${attemptTable(job, view)}`,
  );
};

function attemptTable({ attempts, unit }: JobDetail, { style, columns }: View): string {
  // A single attempt says nothing that the job does not say.
  if (attempts.length < 2) return "";
  const several = attempts.some((one) => one.task !== null);
  return `\n${renderTable(
    attempts,
    [
      { head: several ? "task" : "", cell: (one) => (several ? String(one.task ?? "") : ""), align: "right" },
      { head: "attempt", cell: (one) => String(one.attempt), align: "right" },
      { head: "started", cell: (one) => localTime(one.started_at) },
      { head: "took", cell: (one) => duration(one.elapsed_ms), align: "right" },
      {
        head: "end",
        cell: (one) => [one.outcome, one.signal ?? (one.exit_code === null ? null : `exit ${one.exit_code}`)].filter((part) => part !== null).join(", "),
      },
      { head: "charged", cell: (one) => (one.charged === null ? "" : money(one.charged, unit)), align: "right" },
      { head: "", cell: (one) => one.reason ?? "", minimum: 16 },
    ],
    { style, columns },
  )}`;
}

function eventTable(events: readonly JobEvent[], { style, columns }: View): string {
  return renderTable(
    events,
    [
      { head: "at", cell: (event) => event.at },
      { head: "job", cell: (event) => event.job, align: "right" },
      { head: "from", cell: (event) => event.from ?? "" },
      { head: "to", cell: (event) => event.to },
      { head: "who", cell: (event) => event.who, minimum: 6 },
      { head: "why", cell: (event) => event.why, minimum: 20 },
    ],
    { style, columns },
  );
}
