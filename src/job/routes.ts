import type { Handlers } from "#kernel";
import type { jobRoutes } from "./contract.ts";
import { cancelJob, retryJob, submit } from "./control-jobs.ts";
import { dryRun, type HoldPreview } from "./dry-run.ts";
import { logOfJob } from "./follow-log.ts";
import { quoteJob } from "./quote-job.ts";
import { costOfJob, listEvents, listJobs, listTasks, showJob, whyOfJob } from "./show-jobs.ts";
import type { SubmitPorts } from "./submit.ts";

export type JobRoutePorts = SubmitPorts & { readonly wouldHold: HoldPreview };

/** The handlers of the room's routes. */
export function jobHandlers(ports: JobRoutePorts): Handlers<typeof jobRoutes> {
  return {
    submit: async ({ person, body, idempotencyKey, setHeader }) => {
      const reply = await submit(ports, person, body, idempotencyKey);
      setHeader("location", `/api/v1/jobs/${reply.job.number}`);
      return reply;
    },
    estimate: ({ person, body }) => dryRun(ports, person, body),
    quote: ({ person, body: { valid_days: days, ...submission }, idempotencyKey }) => quoteJob(ports, person, { submission, days }, `http:${idempotencyKey}`),
    list: ({ person, query }) => listJobs(ports, person, query),
    show: ({ person, params }) => showJob(ports, person, params.job),
    tasks: ({ person, params, query }) => listTasks(ports, person, params.job, query),
    events: ({ person, params, query }) => listEvents(ports, person, params.job, query),
    log: ({ person, params, query, signal }) => logOfJob(ports, person, params.job, query, signal),
    cancel: ({ person, params, body }) => cancelJob(ports, person, params.job, body.reason ?? null),
    retry: async ({ person, params, body, idempotencyKey, setHeader }) => {
      const reply = await retryJob(ports, person, params.job, body.overrides, idempotencyKey);
      setHeader("location", `/api/v1/jobs/${reply.job.number}`);
      return reply;
    },
    cost: ({ person, params }) => costOfJob(ports, person, params.job),
    why: ({ person, params }) => whyOfJob(ports, person, params.job),
  };
}
