/** A thread that lives through the seeds it is given, one after the other, and tells how each went. */
import { parentPort } from "node:worker_threads";
import { invariant } from "#kernel";
import { simulate } from "./simulate.ts";

const port = parentPort;
invariant(port !== null, "this program is a thread of prove.ts");
port.on("message", (seed: number) => {
  simulate(seed).then(
    (simulation) => port.postMessage(simulation),
    (error: unknown) => port.postMessage({ seed, operations: 0, violations: [error instanceof Error ? error.stack : String(error)], struck: [], digest: "" }),
  );
});
