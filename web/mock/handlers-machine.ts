import type { machineRoutes } from "#job/contract";
import { instantToIso, type Handlers } from "#kernel";
import { tick, type World } from "./world.ts";

/** The workstation that the mock's jobs run on. */
const CORES = 16;
const MEMORY_MIB = 28_672;

export function machineHandlers(world: World): Handlers<typeof machineRoutes> {
  return {
    list: async () => {
      tick(world);
      const running = world.jobs.map((job) => job.detail).filter((job) => job.state === "running");
      const sum = (pick: (job: (typeof running)[number]) => number) => running.reduce((total, job) => total + pick(job), 0);
      return {
        items: [
          {
            name: "local",
            host: "workstation",
            state: "working",
            seen_at: instantToIso(world.now()),
            cores: CORES,
            cores_used: sum((job) => job.cores * (job.array?.running ?? 1)),
            memory_mib: MEMORY_MIB,
            memory_used_mib: sum((job) => job.memory_mib * (job.array?.running ?? 1)),
            memory_enforced: "a systemd scope for each job",
            tasks_running: sum((job) => job.array?.running ?? 1),
            tasks_queued: world.jobs.reduce((total, { detail }) => total + (detail.array?.pending ?? (detail.state === "queued" ? 1 : 0)), 0),
          },
        ],
        next: null,
      };
    },
  };
}
