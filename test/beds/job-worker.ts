/*
 * A worker of the job room as a process of its own, to be killed: `node test/beds/job-worker.ts <database url> <state folder> <cores>`.
 * With a fourth word it ends itself with SIGKILL: `before-hold` instead of asking the ledger, `after-hold` when the ledger has committed and nobody has heard of it.
 * Prints "ready" when it dispatches. Price and apps are the stand-ins of beds/jobs.ts; the ledger is the real one.
 */
import { openLedger } from "#budget";
import { openDatabase } from "#db";
import { startExecutor } from "#job";
import { mib, systemClock, systemRandomness } from "#kernel";
import { NO_APPS, TEST_PRICING } from "./jobs.ts";

const [url, stateFolder, cores, dies] = process.argv.slice(2);
if (url === undefined || stateFolder === undefined) throw new Error("usage: job-worker.ts <database url> <state folder> <cores>");
const db = await openDatabase({ url });
const write = (level: string) => (facts: object, words: string) => console.error(level, words, facts);
const ledger = openLedger(db, systemClock, { source: "worker" });
const executor = await startExecutor({
  db,
  databaseUrl: () => url,
  ledger: {
    ...ledger,
    holdMany: async (asks) => {
      if (dies === "before-hold") process.kill(process.pid, "SIGKILL");
      const answers = await ledger.holdMany(asks);
      if (dies === "after-hold") process.kill(process.pid, "SIGKILL");
      return answers;
    },
  },
  apps: NO_APPS,
  pricing: TEST_PRICING,
  clock: systemClock,
  randomness: systemRandomness,
  log: { info: () => undefined, warn: write("warn"), error: write("error") },
  stateFolder,
  cores: Number(cores ?? 4),
  memory: mib(16_384),
});
await executor.ready;
console.log("ready");
