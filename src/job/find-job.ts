import { demand, type Action } from "#access";
import type { Database } from "#db";
import type { Clock, Person } from "#kernel";
import type { JobSummary } from "./contract.ts";
import type { JobRights } from "./ports.ts";
import * as rows from "./read-store.ts";
import { noSuchJob, parseReference, type JobReference } from "./reference.ts";
import { summaryOf, taskSummaryOf } from "./view.ts";

export type ReadPorts = { readonly db: Database; readonly clock: Clock; readonly rights: JobRights };

/** A job that was found and may be looked at; `index` says that one task of it is meant. */
export type Found = { readonly reference: JobReference; readonly job: rows.FullJob };

/** The job, if the person may do this to it. Throws `job.not-found`, also for jobs that the person may not see, and `access.forbidden`. */
export async function findJob({ db, rights }: ReadPorts, person: Person, text: string, action: Extract<Action, `job.${string}`>): Promise<Found> {
  const reference = parseReference(text);
  const job = await rows.showJob(db, reference.number);
  if (job === null || (reference.index !== null && job.arraySpec === null)) throw noSuchJob(text);
  const [viewer, path] = await Promise.all([rights.viewer(person), rights.accountPath(job.project)]);
  demand(viewer, action, { kind: "job", owner: job.person, path: path ?? [job.project] }, () => noSuchJob(text));
  return { reference, job };
}

export async function summaryOfFound({ db, clock }: ReadPorts, { reference, job }: Found): Promise<JobSummary> {
  if (reference.index === null) return summaryOf(job, clock.now());
  const [task] = await rows.listTasks(db, job.id, { index: reference.index, after: null, limit: 1 });
  if (task === undefined) throw noSuchJob(`${reference.number}_${reference.index}`);
  return taskSummaryOf(job, task, clock.now());
}
