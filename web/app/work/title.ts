import type { JobSummary } from "#job/contract";

/** What a job is called in a line: the app's case, or the name its author gave it. */
export function titleOf(job: Pick<JobSummary, "name" | "app" | "case">): { readonly main: string; readonly aside: string | null } {
  if (job.app === null) return { main: job.name, aside: null };
  const known = job.case ?? job.app;
  const named = job.name !== known && job.name !== job.app && job.name !== `${job.app}/${job.case ?? ""}`;
  return named ? { main: job.name, aside: `${job.app}${job.case === null ? "" : `/${job.case}`}` } : { main: known, aside: job.case === null ? null : job.app };
}
