import { z } from "zod";
import { innerPath, installedPath, packageNames, pattern, refuse, sentence, whenField } from "./schema-fields.ts";

/** One file laid into the job's working folder before the command starts; exactly one of template, copy and installed says what is in it. */
const runFile = z
  .strictObject({
    path: innerPath().describe("Its name in the working folder."),
    template: innerPath().optional().describe("A file of the app's folder whose {{ placeholders }} are filled in. Its name may hold choice parameters."),
    copy: innerPath().optional().describe("A file of the app's folder, as it is."),
    installed: installedPath().optional().describe("A file that a package installs; where only FILE.gz is there, it is unpacked."),
    packages: packageNames().optional().describe("Debian packages that install it."),
    when: whenField().optional(),
  })
  .superRefine((value, context) => {
    const kinds = (["template", "copy", "installed"] as const).filter((kind) => value[kind] !== undefined);
    if (kinds.length === 0) refuse(context, "key.missing", `"${value.path}" needs one of template, copy and installed`);
    if (kinds.length > 1) refuse(context, "value.duplicate", `give one of ${kinds.join(" and ")}, not both`, [kinds[1]!]);
    if (value.packages !== undefined && value.installed === undefined) refuse(context, "key.unknown", "packages belongs to installed", ["packages"]);
  });

/**
 * How a run uses several cores. `mpi`: the command is started once per core through mpirun; `openmp`: once, with as many threads as cores;
 * `serial`: once, with one thread. The words are those of the aws-hpc application files' variants.
 */
export const PARALLELISMS = ["serial", "openmp", "mpi"] as const;

export const runSchema = z.strictObject({
  parallelism: z.enum(PARALLELISMS).default("serial"),
  files: z.array(runFile).max(64).default([]),
  command: z.array(sentence(1000)).min(1).max(64).describe("Program and arguments, one word each. No shell reads it."),
  environment: z.record(z.string(), z.string().max(1000)).default({}),
  benign_exit_codes: z.array(z.int().min(1).max(255)).max(16).default([]).describe("Exit codes besides 0 that are no failure."),
  outputs: z.array(innerPath()).max(64).default([]).describe("Files worth keeping when the run has ended."),
});

const neededProgram = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/, "is not the name of a program"),
  packages: packageNames().default([]).describe("Debian packages that install it."),
  when: whenField().optional(),
});

const neededFile = z.strictObject({ path: installedPath(), packages: packageNames().default([]), when: whenField().optional() });

const upstreamVersion = z.strictObject({
  pattern: pattern("value").describe("Finds the version in what a run prints, and in what `command` prints."),
  command: z.array(sentence(200)).min(1).max(16).optional().describe("Asks for the version without a run."),
  minimum: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6}){0,3}$/, "is not a version such as 6.5")
    .optional(),
});

export const needsSchema = z.strictObject({
  programs: z.array(neededProgram).max(16).default([]),
  files: z.array(neededFile).max(32).default([]),
  version: upstreamVersion.optional(),
});

export type RunDefinition = z.output<typeof runSchema>;
export type RunFileDefinition = z.output<typeof runFile>;
export type NeedsDefinition = z.output<typeof needsSchema>;
