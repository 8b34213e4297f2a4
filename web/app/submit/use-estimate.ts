import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { AppDetail } from "#app/contract";
import { jobRoutes, type JobDryRun, type JobSubmission } from "#job/contract";
import { asProblem } from "../api/problem.ts";
import { routeQuery } from "../api/route-query.ts";
import { jobFileOf, type Draft, type DraftFaults } from "./draft.ts";

/** Typing is let come to rest for this long before the server is asked. */
const REST_MS = 250;

/** What the file is called in faults. */
const FILE_NAME = "dashboard.yaml";

export type Estimate = {
  readonly submission: JobSubmission;
  /** Of what is in the form now; null while it is asked for, or cannot be. */
  readonly dryRun: JobDryRun | null;
  readonly asking: boolean;
  /** Faults that the server found, by field. */
  readonly faults: DraftFaults;
  /** Any other refusal. */
  readonly error: unknown;
};

/** What the draft would do and cost, asked again whenever it changes and each time money moves. */
export function useEstimate(app: AppDetail, draft: Draft, complete: boolean): Estimate {
  const text = jobFileOf(app, draft);
  const rested = useRested(text);
  const query = useQuery({
    ...routeQuery(jobRoutes.estimate, { body: { file: FILE_NAME, text: rested } }),
    enabled: complete && rested === text,
    retry: false,
    staleTime: 15_000,
  });
  const problem = query.isError ? asProblem(query.error) : null;
  const faults = problem?.faults.filter((fault) => fault.severity === "error") ?? [];
  const current = complete && rested === text;
  return {
    submission: { file: FILE_NAME, text },
    dryRun: current ? (query.data ?? null) : null,
    asking: complete && (rested !== text || query.isFetching),
    faults: current ? Object.fromEntries(faults.map((fault) => [fault.path, fault.message])) : {},
    error: current && problem !== null && faults.length === 0 ? problem : null,
  };
}

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
