export { estimateRunTime, type OwnScaling, type PastRun, type RunTimeAsk, type RunTimeEstimate } from "./run-time.ts";
