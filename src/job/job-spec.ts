import { z } from "zod";

const path = z.string().min(1);

/**
 * Everything that running a job takes, resolved when it was submitted and stored with it: a later change of the app, the catalogue or the
 * defaults changes no job that waits. `version` lets a newer Headgate read what an older one queued.
 */
export const jobSpecSchema = z.object({
  version: z.literal(1),
  /** Word by word; no shell reads it unless it is the first word. */
  command: z.array(z.string()).min(1),
  parameters: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), z.string()),
  /** Copied into the working folder; sources are absolute. */
  inputs: z.array(z.object({ source: path, path, sha256: z.string().nullable() })),
  /** Patterns of what is kept with a checksum. */
  outputs: z.array(z.string()),
  /** The app's plan, read by the app room alone; null for a plain command. */
  plan: z.unknown(),
  /** The job file's folder, for a later submission of the same job. */
  folder: z.string().nullable(),
});

export type JobSpec = z.output<typeof jobSpecSchema>;
