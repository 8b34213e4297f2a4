import { jobRoutes, type JobSummary } from "#job/contract";
import type { RunOf } from "../command.ts";
import { ago, duration, isZero, money } from "../format.ts";
import { paintState, stateWord } from "../job-text.ts";
import type { View } from "../output.ts";
import { renderTable } from "../table.ts";
import type { listTakes } from "./job.ts";
import type { Instant } from "#kernel";

/** The answer's shape with -o json is that of GET /api/v1/jobs: `{ items, next }`. */
export const listJobs: RunOf<typeof listTakes> = async (context, { flags }) => {
  const client = await context.client();
  const { state, person, project, app, limit, after } = flags;
  const answer = await client.call(jobRoutes.list, { query: { state, person, project, app, limit, cursor: after } });
  await context.output.show(answer, (view) => jobTable(answer.items, view, context.clock.now()));
  if (answer.items.length === 0) context.output.note("No jobs. Send one: headgate job submit CASE;  headgate app list  shows the cases.\n");
  if (answer.next !== null) context.output.note(`There are more: headgate job list --after ${answer.next}\n`);
};

export function jobTable(jobs: readonly JobSummary[], { style, columns }: View, now: Instant): string {
  return renderTable(
    jobs,
    [
      { head: "job", cell: (job) => job.number, align: "right" },
      { head: "name", cell: (job) => job.name, minimum: 12 },
      { head: "person", cell: (job) => job.person, minimum: 6 },
      { head: "project", cell: (job) => job.project, minimum: 7 },
      { head: "state", cell: (job) => stateWord(job) + progressOf(job), paint: (words, job) => paintState(words, job, style) },
      { head: "cores", cell: (job) => String(job.cores), align: "right" },
      { head: "took", cell: (job) => duration(job.elapsed_ms), align: "right" },
      { head: "reserved", cell: (job) => (isZero(job.reserved) || job.state === "settled" ? "" : money(job.reserved, job.unit)), align: "right" },
      { head: "charged", cell: (job) => (job.outcome === null ? "" : money(job.charged, job.unit)), align: "right" },
      { head: "sent", cell: (job) => ago(job.submitted_at, now) },
      { head: "", cell: (job) => job.reason ?? "", minimum: 16 },
    ],
    { style, columns },
  );
}

function progressOf({ array }: JobSummary): string {
  return array === null ? "" : ` ${array.ended}/${array.tasks}`;
}
