export type { JobCost, JobDetail, JobDryRun, JobEstimate, JobEvent, JobOutcome, JobState, JobSubmission, JobSummary, JobWhy, RetryCause, SubmittedJob } from "./contract.ts";
