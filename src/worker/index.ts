export { startWorker, type Worker, type WorkerPorts, type WorkerSettings } from "./worker.ts";
