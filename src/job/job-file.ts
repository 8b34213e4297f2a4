import { isAbsolute, posix } from "node:path";
import { z } from "zod";
import { durationField, memoryField, nameField, readDocument, type ReadDocument } from "#document";
import type { Fault, MiB, ProblemCode, Seconds } from "#kernel";
import { parseArraySpec, type ArraySpec } from "./array-spec.ts";
import { RETRY_CAUSES } from "./contract.ts";
import { NO_RETRY, type RetryRule } from "./life.ts";

/** Bounds on what one file may name: far above real use, low enough that a generated file cannot fill the database. */
const INPUTS_MAX = 1000;
const OUTPUTS_MAX = 100;
const DEPENDENCIES_MAX = 100;
const VARIABLES_MAX = 200;
const WORDS_MAX = 1000;
const TEXT_MAX = 4096;
const RETRIES_MAX = 10;
const CORES_MAX = 65_536;

/** A fault of the catalogue raised inside a schema, so that it comes out with code and place. */
function raise(context: z.RefinementCtx, code: ProblemCode, message: string): typeof z.NEVER {
  context.addIssue({ code: "custom", message, params: { code } });
  return z.NEVER;
}

export type ArrayRequest = ArraySpec & { readonly text: string };

function arrayField(): z.ZodType<ArrayRequest, string | number> {
  return z.union([z.string().max(TEXT_MAX), z.number()]).transform((value, context) => {
    const spec = parseArraySpec(String(value));
    return "kind" in spec ? raise(context, spec.code, spec.words) : { ...spec, text: String(value).trim() };
  });
}

/** A relative path that stays inside the working folder; what is compared is the path as it will be used. */
function innerPathField(what: string): z.ZodType<string, string> {
  return z
    .string()
    .min(1)
    .max(TEXT_MAX)
    .superRefine((value, context) => {
      const words = outside(value);
      if (words !== null) raise(context, "job.path-outside", `${what} ${JSON.stringify(value)} ${words}`);
    });
}

export function outside(path: string): string | null {
  if (path.includes("\0")) return "contains a zero byte";
  if (isAbsolute(path)) return "is absolute; it has to stay inside the job's working folder";
  const normal = posix.normalize(path);
  return normal === ".." || normal.startsWith("../") ? "leaves the job's working folder" : null;
}

const inputSchema = z.strictObject({
  path: z.string().min(1).max(TEXT_MAX).describe("File or folder to copy in; relative paths start from the folder of the job file."),
  as: innerPathField("the name").optional().describe("Where it stands in the working folder. Default: its own name."),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "is not a SHA-256 sum: 64 hexadecimal digits")
    .optional()
    .describe("Refuse to run when the file is not this one."),
});

const jobNumberField = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = String(value);
  return /^[1-9]\d{0,17}$/.test(text) ? text : raise(context, "value.invalid", `${JSON.stringify(value)} is not a job number such as 1841`);
});
const jobNumbersField = z.union([jobNumberField.transform((number) => [number]), z.array(jobNumberField).min(1).max(DEPENDENCIES_MAX)]);

const variableField = z.union([z.string().max(TEXT_MAX), z.number(), z.boolean()]).transform(String);
const environmentField = z.record(z.string(), variableField).superRefine((variables, context) => {
  for (const name of Object.keys(variables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
      context.addIssue({
        code: "custom",
        path: [name],
        message: `"${name}" is not a name of an environment variable (letters, digits and _, not beginning with a digit)`,
        params: { code: "job.environment" },
      });
    if (name.startsWith("HEADGATE_"))
      context.addIssue({
        code: "custom",
        path: [name],
        message: "names beginning with HEADGATE_ are set by Headgate itself",
        params: { code: "job.environment" },
      });
    if (variables[name]?.includes("\0") === true)
      context.addIssue({ code: "custom", path: [name], message: "contains a zero byte", params: { code: "job.environment" } });
  }
  if (Object.keys(variables).length > VARIABLES_MAX) raise(context, "value.range", `at most ${VARIABLES_MAX} variables`);
});

const gpusField = z
  .int()
  .min(0)
  .superRefine((gpus, context) => {
    if (gpus > 0) raise(context, "job.gpus", `${gpus} GPUs are asked for; the local executor has none`);
  });

const wordField = z
  .string()
  .max(TEXT_MAX)
  .refine((word) => !word.includes("\0"), "contains a zero byte");

export const jobFileSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(120)
    .regex(/^[^\p{Cc}]*$/u, "contains control characters")
    .optional()
    .describe("What the job is called in lists. Default: app and case."),
  app: nameField().optional().describe("The code to run; headgate app list shows them."),
  case: z.string().min(1).max(120).optional().describe("One of the app's ready cases, which gives the parameters their defaults."),
  command: z
    .union([
      z
        .string()
        .min(1)
        .max(64 * 1024)
        .refine((word) => !word.includes("\0"), "contains a zero byte")
        .transform((text) => ["/bin/sh", "-c", text]),
      z.array(wordField).min(1).max(WORDS_MAX),
    ])
    .optional()
    .describe("Instead of an app: words of a command, or one text for sh."),
  parameters: z.record(z.string().max(120), z.unknown()).optional().describe("Values for the app's parameters; headgate app info names them."),
  resources: z
    .strictObject({
      cores: z.int().min(1).max(CORES_MAX).optional().describe("Default: what the app says; 1 for a command."),
      memory: memoryField().optional().describe("For the whole job, e.g. 4G. Default: what the app says; 512M for each core of a command."),
      gpus: gpusField.optional().describe("0: the local executor has none."),
    })
    .optional(),
  time_limit: durationField().optional().describe("It is stopped after this; the most it can cost follows from it. Default: what the app says."),
  project: nameField().optional().describe("The account that pays. Default: the project of your settings, else your own default project."),
  inputs: z
    .array(
      z.union([
        z
          .string()
          .min(1)
          .max(TEXT_MAX)
          .transform((path) => ({ path })),
        inputSchema,
      ]),
    )
    .max(INPUTS_MAX)
    .optional(),
  outputs: z
    .array(innerPathField("the pattern"))
    .max(OUTPUTS_MAX)
    .optional()
    .describe("Patterns of files to keep with a checksum, e.g. *.out; in addition to what the app names."),
  array: arrayField().optional().describe("Tasks of one job: 0-9, 1-10:3, 1,4,7; %3 at the end lets three run at once."),
  depends_on: z
    .strictObject({ afterok: jobNumbersField.optional(), afterany: jobNumbersField.optional(), afternotok: jobNumbersField.optional() })
    .optional()
    .describe("Start only after these jobs have completed, ended, or not completed."),
  retries: z
    .union([
      z
        .int()
        .min(0)
        .max(RETRIES_MAX)
        .transform((count) => ({ count, on: [...RETRY_CAUSES] as (typeof RETRY_CAUSES)[number][] })),
      z.strictObject({
        count: z.int().min(0).max(RETRIES_MAX),
        on: z
          .array(z.enum(RETRY_CAUSES))
          .min(1)
          .max(RETRY_CAUSES.length)
          .default([...RETRY_CAUSES]),
      }),
    ])
    .optional()
    .describe("How often it may be run again, and for what. The reservation covers every attempt."),
  environment: environmentField.optional().describe("Environment variables of the job."),
});

type JobFile = z.output<typeof jobFileSchema>;
type Partial<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** Each key on its own, so that rules across keys are checked even while another key is wrong. */
const looseSchema = z.object(
  Object.fromEntries(Object.entries(jobFileSchema.shape).map(([key, schema]) => [key, (schema as z.ZodType).catch(undefined)])),
) as unknown as z.ZodType<Partial<JobFile>>;

export type InputRequest = { readonly path: string; readonly as: string; readonly sha256: string | null };
export const DEPENDENCY_KINDS = ["afterok", "afterany", "afternotok"] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];
export type DependencyRequest = { readonly kind: DependencyKind; readonly number: string };

/** What a job file asks for, before the app, the price and the accounts have been looked at. */
export type JobRequest = {
  readonly name: string | null;
  readonly app: string | null;
  readonly case: string | null;
  readonly command: readonly string[] | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cores: number | null;
  readonly memory: MiB | null;
  readonly timeLimit: Seconds | null;
  readonly project: string | null;
  readonly inputs: readonly InputRequest[];
  readonly outputs: readonly string[];
  readonly array: ArrayRequest | null;
  readonly dependencies: readonly DependencyRequest[];
  readonly retry: RetryRule;
  readonly environment: Readonly<Record<string, string>>;
};

export type ReadJobFile = {
  /** What could be understood; complete only when `faults` has no error. */
  readonly request: JobRequest;
  readonly faults: readonly Fault[];
  readonly document: ReadDocument<unknown>;
};

/** Reads a job file. Every fault of the file alone is in `faults`; faults that need the catalogue or the accounts are added by the caller through `document`. */
export function readJobFile(text: string, file: string): ReadJobFile {
  const document = readDocument(text, file, jobFileSchema);
  const loose = readDocument(text, file, looseSchema).value;
  const request = requestOf(loose ?? {});
  return { request, document, faults: loose === undefined ? document.faults : [...document.faults, ...crossFaults(loose, document)] };
}

function requestOf(file: Partial<JobFile>): JobRequest {
  return {
    name: file.name ?? null,
    app: file.app ?? null,
    case: file.case ?? null,
    command: file.command ?? null,
    parameters: file.parameters ?? {},
    cores: file.resources?.cores ?? null,
    memory: file.resources?.memory ?? null,
    timeLimit: file.time_limit ?? null,
    project: file.project ?? null,
    inputs: (file.inputs ?? []).map((input) => ({
      path: input.path,
      as: ("as" in input ? input.as : undefined) ?? posix.basename(input.path),
      sha256: ("sha256" in input ? input.sha256 : undefined) ?? null,
    })),
    outputs: file.outputs ?? [],
    array: file.array ?? null,
    dependencies: DEPENDENCY_KINDS.flatMap((kind) => (file.depends_on?.[kind] ?? []).map((number) => ({ kind, number }))),
    retry: file.retries ?? NO_RETRY,
    environment: file.environment ?? {},
  };
}

/** Rules that tie keys together. Presence is asked of the whole file, so that a key with a wrong value does not count as missing. */
function crossFaults(file: Partial<JobFile>, document: ReadDocument<unknown>): Fault[] {
  const wrong = new Set(document.faults.map((fault) => fault.path.split(/[.[]/)[0]));
  const has = (key: keyof JobFile) => file[key] !== undefined || wrong.has(key);
  const faults: Fault[] = [];
  if (!has("app") && !has("command"))
    faults.push(document.fault("key.missing", [], 'neither "app" nor "command" says what to run', { fix: "Add app, or command." }));
  if (has("app") && has("command"))
    faults.push(document.fault("key.conflict", ["command"], "an app and a command cannot be run by one job", { at: "key", fix: "Remove command, or app." }));
  if (!has("app")) {
    for (const key of ["case", "parameters"] as const)
      if (has(key))
        faults.push(document.fault("key.conflict", [key], `"${key}" means something only beside an app`, { at: "key", fix: `Remove ${key}, or name an app.` }));
  }
  if (has("command") && !has("app") && !has("time_limit"))
    faults.push(document.fault("key.missing", [], "a command needs a time limit: without one its cost has no end", { fix: "Add time_limit." }));
  return [...faults, ...inputFaults(file, document), ...dependencyFaults(file, document)];
}

function inputFaults(file: Partial<JobFile>, document: ReadDocument<unknown>): Fault[] {
  const taken = new Map<string, number>();
  return (file.inputs ?? []).flatMap((input, index) => {
    const name = posix.normalize(("as" in input ? input.as : undefined) ?? posix.basename(input.path));
    if (name === "." || outside(name) !== null)
      return [
        document.fault("job.path-outside", ["inputs", index], `${JSON.stringify(input.path)} gives no name for the working folder`, {
          fix: "Give it a name with as.",
        }),
      ];
    const first = taken.get(name);
    taken.set(name, first ?? index);
    if (first === undefined) return [];
    const line = document.place(["inputs", first]).line;
    return [
      document.fault("value.duplicate", ["inputs", index], `"${name}" would be put over the input of line ${line}`, {
        fix: "Give one of them another name with as.",
      }),
    ];
  });
}

function dependencyFaults(file: Partial<JobFile>, document: ReadDocument<unknown>): Fault[] {
  const kinds = DEPENDENCY_KINDS.filter((kind) => file.depends_on?.[kind] !== undefined);
  const seen = new Map<string, DependencyKind>();
  return kinds.flatMap((kind) =>
    (file.depends_on?.[kind] ?? []).flatMap((number) => {
      const before = seen.get(number);
      seen.set(number, kind);
      return before === undefined
        ? []
        : [document.fault("value.duplicate", ["depends_on", kind], `job ${number} is named twice (${before} and ${kind})`, { fix: "Name it once." })];
    }),
  );
}

/** The JSON Schema of a job file, for editors: what may be written, before any conversion. */
export function jobFileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(jobFileSchema, { io: "input", target: "draft-2020-12" });
}
