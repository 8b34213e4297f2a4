import { Problem } from "#kernel";
import { JOB_REFERENCE } from "./contract.ts";

/** A job as people name it: `1841`, or `1841_7` for one task of an array. */
export type JobReference = { readonly number: string; readonly index: number | null };

/** Reads a reference that the contract has let through, or one of the terminal. Throws `job.not-found` for what cannot be one. */
export function parseReference(text: string): JobReference {
  const [number, index] = text.split("_");
  if (!JOB_REFERENCE.test(text) || number === undefined || BigInt(number) > 9_223_372_036_854_775_807n) throw noSuchJob(text);
  return { number, index: index === undefined ? null : Number(index) };
}

export function noSuchJob(reference: string): Problem {
  return new Problem("job.not-found", { detail: `there is no job ${reference}`, facts: { job: reference } });
}
