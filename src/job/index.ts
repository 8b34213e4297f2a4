export { jobApps } from "./apps.ts";
export type {
  JobCost,
  JobDetail,
  JobDryRun,
  JobEstimate,
  JobEvent,
  JobOutcome,
  JobState,
  JobSubmission,
  JobSummary,
  JobWhy,
  RetryCause,
  SubmittedJob,
} from "./contract.ts";
export type { JobLog } from "./dispatch/context.ts";
export type { HoldPreview } from "./dry-run.ts";
export { LOCAL_POOL, startExecutor, type Executor, type ExecutorPorts, type ExecutorStatus } from "./executor.ts";
export { jobFileJsonSchema } from "./job-file.ts";
export { readMachine, type LocalMachine } from "./local/machine.ts";
export { openMemoryFence } from "./local/memory-fence.ts";
export { machineHandlers } from "./machines.ts";
export { readSystemUser } from "./local/system-user.ts";
export type { JobApp, JobApps, JobRights, Pricing, Quote, QuoteAsk, RunEstimate, RunEstimateAsk, RunEstimator } from "./ports.ts";
export { orphanHandlers } from "./orphan/routes.ts";
export { recoverOrphans } from "./orphan/service.ts";
export { readRunTimes, type RunTimeRow } from "./attempt-store.ts";
export { jobOwners } from "./read-store.ts";
export { jobHandlers, type JobRoutePorts } from "./routes.ts";
export { submitJob, type SubmitPorts } from "./submit.ts";
export { clearFolders, clearMarkers } from "./upkeep.ts";
