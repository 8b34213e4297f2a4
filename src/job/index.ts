export type { JobCost, JobDetail, JobDryRun, JobEstimate, JobEvent, JobOutcome, JobState, JobSubmission, JobSummary, JobWhy, RetryCause, SubmittedJob } from "./contract.ts";
export type { JobLog } from "./dispatch/context.ts";
export { LOCAL_POOL, startExecutor, type Executor, type ExecutorPorts, type ExecutorStatus } from "./executor.ts";
export { holdLeftJobs } from "./hold-job.ts";
export { jobApps } from "./apps.ts";
export { jobFileJsonSchema } from "./job-file.ts";
export type { JobApp, JobApps, JobRights, Pricing, Quote, QuoteAsk, RunEstimate, RunEstimateAsk, RunEstimator } from "./ports.ts";
export { submitJob, type SubmitPorts } from "./submit.ts";
