import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ALL_KINDS } from "./faults.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { simulate, type Simulation } from "./simulate.ts";

export type Proof = {
  readonly seeds: number;
  readonly operations: number;
  /** With the seed that shows it again. */
  readonly violations: readonly string[];
  /** In how many seeds each kind of fault struck. */
  readonly struck: ReadonlyMap<string, number>;
};

/** Seeds that a planted bug may hide from: each is found much earlier. */
const HIDING_SEEDS = 30;

/** Lives through so many seeds on all processors. */
export async function proveSeeds(first: number, count: number, onProgress: (done: number) => void = () => undefined): Promise<Proof> {
  const struck = new Map(ALL_KINDS.map((kind) => [kind, 0]));
  const violations: string[] = [];
  let [next, done, operations] = [first, 0, 0];

  function note(simulation: Simulation): void {
    done += 1;
    operations += simulation.operations;
    for (const kind of simulation.struck) struck.set(kind, (struck.get(kind) ?? 0) + 1);
    for (const words of simulation.violations) violations.push(`seed ${simulation.seed}: ${words}`);
    onProgress(done);
  }

  function thread(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./prove-worker.ts", import.meta.url));
      const give = () => {
        if (next < first + count) worker.postMessage((next += 1) - 1);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("error", reject);
      worker.on("message", (simulation: Simulation) => {
        note(simulation);
        give();
      });
      give();
    });
  }

  await Promise.all(Array.from({ length: Math.min(count, availableParallelism()) }, thread));
  return { seeds: done, operations, violations, struck };
}

/** The planted bugs that the simulator finds, with what it says of each; null for one that it does not find. */
export async function findPlantedBugs(): Promise<ReadonlyMap<string, string | null>> {
  const found = new Map<string, string | null>();
  for (const bug of PLANTED_BUGS) {
    found.set(bug.name, null);
    for (let seed = 0; seed < HIDING_SEEDS && found.get(bug.name) === null; seed += 1) {
      const { violations } = await simulate(seed, bug);
      if (violations.length > 0) found.set(bug.name, `seed ${seed}: ${violations[0]}`);
    }
  }
  return found;
}

/** Kinds of faults that struck in less than one of a hundred seeds: what is said of them would be said of too little. */
export function tooRare({ struck, seeds }: Proof): string[] {
  return [...struck].filter(([, count]) => count * 100 < seeds).map(([kind, count]) => `${kind}: in ${count} of ${seeds} seeds`);
}
