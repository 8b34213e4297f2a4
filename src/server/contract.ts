import { z } from "zod";
import { defineRoute, type Routes } from "#kernel";

/** Shapes of the HTTP door itself: problems, health, events, and the file that says where a server answers. */

export const faultShape = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning"]),
  place: z.object({ file: z.string(), line: z.int(), column: z.int() }).nullable(),
  path: z.string().describe("Key path, e.g. queues[1].max_count."),
  message: z.string(),
  fix: z.string().nullable(),
});

/** RFC 9457, sent as application/problem+json. */
export const problemShape = z.object({
  type: z.string().describe("urn:headgate:problem:<code>"),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What happened this time."),
  fix: z.string().describe("What to do about it."),
  code: z.string().describe("Stable; docs/problems.md has a paragraph for each."),
  request_id: z.string(),
  faults: z.array(faultShape),
  facts: z.record(z.string(), z.unknown()),
});
export type ProblemOnWire = z.output<typeof problemShape>;

export const healthShape = z.object({ status: z.literal("ok"), version: z.string() });
export const readyShape = z.object({ status: z.literal("ready"), checks: z.record(z.string(), z.string()) });

export const changeShape = z.object({
  kind: z.enum(["job", "budget"]),
  id: z.string().nullable().describe("What changed; null for several, or when some may have been missed: look again."),
});
export type Change = z.output<typeof changeShape>;

/** `server.json` in the state folder: where the running server answers, and which process it is. */
export const serverFileShape = z.object({
  url: z.url(),
  pid: z.int().positive(),
  process_start: z.string().nullable().describe("Field 22 of /proc/<pid>/stat; null where there is no /proc."),
  boot_id: z.string().nullable(),
  instance: z.uuid(),
  version: z.string(),
  started_at: z.iso.datetime(),
});
export type ServerFile = z.output<typeof serverFileShape>;
export const SERVER_FILE = "server.json";

export const serverRoutes = {
  health: defineRoute({
    id: "server.health",
    method: "GET",
    path: "/health",
    tag: "server",
    access: "public",
    status: 200,
    summary: "Whether the process is there",
    reply: healthShape,
    problems: [],
  }),
  version: defineRoute({
    id: "server.version",
    method: "GET",
    path: "/version",
    tag: "server",
    access: "public",
    status: 200,
    summary: "Which version answers",
    reply: z.object({ version: z.string() }),
    problems: [],
  }),
  ready: defineRoute({
    id: "server.ready",
    method: "GET",
    path: "/ready",
    tag: "server",
    access: "public",
    status: 200,
    summary: "Whether it can do its work: database, migrations, worker",
    reply: readyShape,
    problems: ["server.not-ready"],
  }),
  metrics: defineRoute({
    id: "server.metrics",
    method: "GET",
    path: "/metrics",
    tag: "server",
    access: "admin",
    status: 200,
    stream: "text",
    summary: "Figures for Prometheus",
    reply: z.string(),
    problems: [],
  }),
  openapi: defineRoute({
    id: "server.openapi",
    method: "GET",
    path: "/api/v1/openapi.json",
    tag: "server",
    access: "public",
    status: 200,
    summary: "This description",
    reply: z.record(z.string(), z.unknown()),
    problems: [],
  }),
  events: defineRoute({
    id: "server.events",
    method: "GET",
    path: "/api/v1/events",
    tag: "server",
    access: "person",
    status: 200,
    stream: "events",
    summary: "What changes, as it changes: ids of jobs and budgets that the caller may see. Resumes after Last-Event-ID",
    reply: changeShape,
    problems: ["overloaded"],
  }),
} as const satisfies Routes;
