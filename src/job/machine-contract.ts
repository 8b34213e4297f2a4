import { z } from "zod";
import { defineRoute, type Routes } from "#kernel";

/** What jobs run on. `silent`: nothing has been heard of what starts jobs there, so nothing starts; what runs goes on. */
const machineShape = z.object({
  name: z.string().describe("The pool: local."),
  host: z.string(),
  state: z.enum(["working", "silent"]),
  seen_at: z.iso.datetime().describe("The last sign of life of what starts jobs there."),
  cores: z.int(),
  cores_used: z.int(),
  memory_mib: z.int(),
  memory_used_mib: z.int(),
  memory_enforced: z.string().describe("How a job is kept to its memory there."),
  tasks_running: z.int(),
  tasks_queued: z.int(),
});

export const machineRoutes = {
  list: defineRoute({
    id: "machine.list",
    method: "GET",
    path: "/api/v1/machines",
    tag: "machines",
    access: "person",
    status: 200,
    summary: "What jobs run on: cores and memory in use, what runs and what waits there",
    reply: z.object({ items: z.array(machineShape), next: z.string().nullable() }),
    problems: [],
  }),
} as const satisfies Routes;

export type Machine = z.output<typeof machineShape>;
