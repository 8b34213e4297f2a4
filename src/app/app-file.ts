import { z } from "zod";
import { durationField, memoryField, nameField } from "#document";
import { refuse, sentence } from "./schema-fields.ts";
import { parameterSchema } from "./schema-parameters.ts";
import { recordedValueSchema, resultSchema } from "./schema-results.ts";
import { needsSchema, runSchema } from "./schema-run.ts";

/** An app is one subject; somebody who needs more of anything has two apps. */
const PARAMETERS_MAX = 64;
const CASES_MAX = 64;
const RESULTS_MAX = 32;
/** More cores than any machine the local executor or one Batch node has; the executor has its own bound. */
const CORES_MAX = 100_000;

function atMost<S extends z.ZodType>(entries: S, count: number, what: string) {
  return z.record(z.string(), entries).superRefine((value, context) => {
    if (Object.keys(value).length > count) refuse(context, "value.range", `an app has at most ${count} ${what}`);
  });
}

const metadata = z.strictObject({
  description: sentence(300).describe("What the code does, in one sentence; shown by headgate app list."),
  homepage: z.url({ protocol: /^https?$/ }).optional(),
  documentation: z.url({ protocol: /^https?$/ }).optional(),
  repository: z.url({ protocol: /^https?$/ }).optional(),
  license: sentence(100).describe("Of the code itself, as an SPDX expression."),
  maintainers: z
    .array(z.strictObject({ name: sentence(120), email: z.email().optional() }))
    .max(16)
    .default([]),
  tags: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "is not a plain lower-case word"))
    .max(16)
    .default([]),
});

/** A given value before it is checked against its parameter's definition. */
const givenValue = z.union([z.string(), z.number(), z.boolean()]);

const resources = z.strictObject({
  cores: z.int().min(1).max(CORES_MAX).default(1),
  cores_max: z.int().min(1).max(CORES_MAX).optional().describe("More cores than this are of no use, or fail."),
  memory: memoryField().describe("For the whole run, e.g. 1G."),
  time_limit: durationField().describe("After this the run is stopped, e.g. 5m."),
});

const caseResources = z.strictObject({
  cores: z.int().min(1).max(CORES_MAX).optional(),
  memory: memoryField().optional(),
  time_limit: durationField().optional(),
});

const scale = z
  .strictObject({
    parameter: z.string(),
    at: z.number().positive().optional().describe("The value for which `seconds` was measured."),
    power: z.number().min(-6).max(6).optional(),
    factors: z.record(z.string(), z.number().positive()).optional().describe("For choices: how many times longer each takes."),
  })
  .superRefine((value, context) => {
    const power = value.at !== undefined || value.power !== undefined;
    if (power && value.factors !== undefined) refuse(context, "value.duplicate", "give at and power, or factors, not both", ["factors"]);
    else if (power && (value.at === undefined || value.power === undefined)) refuse(context, "key.missing", "at and power belong together");
    else if (!power && value.factors === undefined) refuse(context, "key.missing", "say how it scales: at and power, or factors");
  });

const runTime = z.strictObject({
  terms: z
    .array(
      z.strictObject({
        seconds: z.number().positive().describe("On one core, for the reference values."),
        parallel: z.number().min(0).max(1).default(0).describe("The part of it that is divided by the cores (Amdahl)."),
        scales: z.array(scale).max(8).default([]),
      }),
    )
    .min(1)
    .max(8),
  spread: z.number().min(1.05).max(10).describe("Between machines: the run takes between seconds / spread and seconds x spread."),
  measured: sentence(200).describe("Where the seconds come from: day and machine."),
});

const recording = z.strictObject({
  with: z.record(z.string(), givenValue).default({}).describe("Parameters besides the case's own."),
  version: sentence(60).describe("The code's version that gave these values."),
  date: z.iso.date(),
  results: z.record(z.string(), recordedValueSchema),
});

const caseSchema = z.strictObject({
  description: sentence(300),
  parameters: z.record(z.string(), givenValue).default({}),
  resources: caseResources.optional(),
  recorded: z.array(recording).max(32).default([]),
});

/** The app file, `apps/<name>/app.yaml`. docs/decisions/0007-app-file.md says how it relates to the aws-hpc application file. */
export const appSchema = z.strictObject({
  name: nameField().describe("The same as its folder's name."),
  display_name: sentence(80),
  version: z
    .string()
    .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, "is not a version such as 1.0.0")
    .describe("Of this app file, not of the code."),
  metadata,
  parameters: atMost(parameterSchema, PARAMETERS_MAX, "parameters").default({}),
  needs: needsSchema.prefault({}),
  run: runSchema,
  results: atMost(resultSchema, RESULTS_MAX, "results").superRefine((value, context) => {
    if (Object.keys(value).length === 0) refuse(context, "key.missing", "say at least one result: an exit code alone proves nothing");
  }),
  run_time: runTime.optional().describe("How the run time depends on parameters and cores; without it only past runs can tell."),
  resources,
  cases: atMost(caseSchema, CASES_MAX, "cases").default({}),
});

export type AppFile = z.output<typeof appSchema>;
export type CaseDefinition = z.output<typeof caseSchema>;
export type RunTimeModel = z.output<typeof runTime>;
export type Recording = z.output<typeof recording>;

/** JSON Schema (2020-12) of what people write, for editors. */
export function appJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(appSchema, { io: "input" }), title: "Headgate app file" };
}
