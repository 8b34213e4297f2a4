import { loadStatement, type Database } from "#db";
import { elapsed, instantToIso, type Clock, type Handlers, type Instant } from "#kernel";
import type { Machine, machineRoutes } from "./contract.ts";
import { WORKER_SILENT_MS } from "./why.ts";

/** There is one pool a machine; more than a page of them belongs behind a scheduler. */
const MACHINES_MAX = 200;

type Row = {
  name: string;
  host: string;
  cores: number;
  memory_mib: bigint;
  memory_enforced: string;
  beat_at: Instant;
  cores_used: number;
  memory_used_mib: bigint;
  tasks_running: number;
  tasks_queued: number;
};

/** Whether jobs can start on a pool whose dispatcher last beat at `beatAt`. */
export function machineState(beatAt: Instant, now: Instant): Machine["state"] {
  return elapsed(beatAt, now) > WORKER_SILENT_MS ? "silent" : "working";
}

export function machineHandlers(ports: { readonly db: Database; readonly clock: Clock }): Handlers<typeof machineRoutes> {
  return {
    list: async () => {
      const rows = await ports.db.query<Row>({ ...loadStatement("job", "machines"), readOnly: true }, [MACHINES_MAX]);
      const now = ports.clock.now();
      const items = rows.map(({ beat_at: beatAt, ...row }) => ({
        ...row,
        memory_mib: Number(row.memory_mib),
        memory_used_mib: Number(row.memory_used_mib),
        state: machineState(beatAt, now),
        seen_at: instantToIso(beatAt),
      }));
      return { items, next: null };
    },
  };
}
