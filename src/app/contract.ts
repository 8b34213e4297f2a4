import { z } from "zod";
import { defineRoute, type Routes } from "#kernel";

/** Shapes of apps on the wire. */

const needShape = z.object({
  kind: z.enum(["program", "file"]),
  name: z.string(),
  packages: z.array(z.string()).describe("Debian packages that bring it."),
});

const caseSummaryShape = z.object({ name: z.string(), description: z.string() });

export const appSummaryShape = z.object({
  name: z.string(),
  display_name: z.string(),
  version: z.string().describe("Of the app file."),
  description: z.string(),
  license: z.string(),
  tags: z.array(z.string()),
  cases: z.array(caseSummaryShape),
  origin: z.enum(["catalogue", "user", "path"]),
  ready: z.boolean().describe("Whether the server's machine has what every run of it needs."),
  missing: z.array(needShape),
  fault: z.string().nullable().describe("Why it cannot be used, when its file is wrong."),
});

const valueShape = z.union([z.number(), z.string(), z.boolean()]);

export const appParameterShape = z.object({
  name: z.string(),
  type: z.enum(["integer", "number", "text", "choice", "file", "boolean", "duration"]),
  description: z.string(),
  unit: z.string().nullable().describe("A duration is in seconds."),
  min: z.number().nullable(),
  max: z.number().nullable(),
  choices: z.array(z.string()).nullable(),
  default: valueShape.nullable().describe("Null: a value must be given."),
});

export const appResultShape = z.object({ name: z.string(), kind: z.string(), description: z.string().nullable(), unit: z.string().nullable() });

const recordingShape = z.object({
  with: z.record(z.string(), valueShape),
  version: z.string().describe("Of the code."),
  date: z.string(),
  results: z.record(z.string(), z.union([z.number(), z.string()])),
});

export const appCaseShape = z.object({
  name: z.string(),
  description: z.string(),
  parameters: z.record(z.string(), valueShape).describe("With the defaults filled in; files by their name in the app's folder."),
  cores: z.int(),
  memory_mib: z.int(),
  time_limit_s: z.int(),
  model_s: z.number().nullable().describe("What the app's own model says it takes."),
  ready: z.boolean(),
  missing: z.array(needShape),
  recorded: z.array(recordingShape),
});

export const appDetailShape = z.object({
  name: z.string(),
  display_name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  homepage: z.string().nullable(),
  documentation: z.string().nullable(),
  tags: z.array(z.string()),
  origin: z.enum(["catalogue", "user", "path"]),
  ready: z.boolean(),
  missing: z.array(needShape),
  code_version: z.string().nullable().describe("Of the code on the server's machine; null when it is not there, or does not say."),
  code_version_minimum: z.string().nullable(),
  parallelism: z.enum(["serial", "openmp", "mpi"]),
  cores: z.int(),
  cores_max: z.int().nullable(),
  memory_mib: z.int(),
  time_limit_s: z.int(),
  parameters: z.array(appParameterShape),
  results: z.array(appResultShape),
  cases: z.array(appCaseShape),
  run_time_basis: z.string().nullable().describe("Where the model's seconds come from."),
});

export const appRoutes = {
  list: defineRoute({
    id: "app.list",
    method: "GET",
    path: "/api/v1/apps",
    tag: "apps",
    access: "person",
    status: 200,
    summary: "The codes that can be run, and whether the server's machine has what they need",
    reply: z.object({ items: z.array(appSummaryShape), next: z.string().nullable() }),
    problems: ["file.unreadable"],
  }),
  show: defineRoute({
    id: "app.show",
    method: "GET",
    path: "/api/v1/apps/:name",
    tag: "apps",
    access: "person",
    status: 200,
    summary: "One code: its parameters, cases, results and needs",
    params: z.object({ name: z.string().max(63) }),
    reply: appDetailShape,
    problems: ["app.not-found", "input.invalid", "file.unreadable"],
  }),
} as const satisfies Routes;

export type AppSummary = z.output<typeof appSummaryShape>;
export type AppDetail = z.output<typeof appDetailShape>;
export type AppParameter = z.output<typeof appParameterShape>;
export type AppCase = z.output<typeof appCaseShape>;
