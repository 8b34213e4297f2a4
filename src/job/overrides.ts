import type { z } from "zod";
import { isProblemCode, PROBLEMS, type Fault } from "#kernel";
import type { overridesShape } from "./contract.ts";
import { jobFileSchema, type JobRequest } from "./job-file.ts";

export type Overrides = z.output<typeof overridesShape>;

/** What is said beside the file wins over it. A fault of it has no line; its path is the flag as it is typed. */
export function applyOverrides(request: JobRequest, overrides: Overrides | undefined): { readonly request: JobRequest; readonly faults: readonly Fault[] } {
  if (overrides === undefined) return { request, faults: [] };
  const faults: Fault[] = [];
  const { shape } = jobFileSchema;
  const resources = shape.resources.unwrap().shape;
  function read<S extends z.ZodType>(schema: S, flag: string, given: unknown): z.output<S> | undefined {
    if (given === undefined) return undefined;
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    faults.push(...parsed.error.issues.map((issue) => flagFault(flag, issue)));
    return undefined;
  }
  const merged: JobRequest = {
    ...request,
    name: read(shape.name, "--name", overrides.name) ?? request.name,
    project: read(shape.project, "--project", overrides.project) ?? request.project,
    parameters: { ...request.parameters, ...overrides.parameters },
    cores: read(resources.cores, "--cores", overrides.cores) ?? request.cores,
    memory: read(resources.memory, "--memory", overrides.memory) ?? request.memory,
    timeLimit: read(shape.time_limit, "--time-limit", overrides.time_limit) ?? request.timeLimit,
    array: read(shape.array, "--array", overrides.array) ?? request.array,
  };
  return { request: merged, faults };
}

function flagFault(flag: string, issue: z.core.$ZodIssue): Fault {
  const params: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  const code =
    typeof params === "string" && isProblemCode(params) ? params : issue.code === "too_small" || issue.code === "too_big" ? "value.range" : "value.invalid";
  return { code, severity: "error", place: null, path: flag, message: issue.message, fix: PROBLEMS[code].fix };
}
