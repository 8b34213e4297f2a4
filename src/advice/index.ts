export { estimateRunTime, type PastRun, type RunTime, type RunTimeAsk } from "./run-time.ts";
