import { useQuery } from "@tanstack/react-query";
import { jobRoutes, type JobSummary } from "#job/contract";
import { call } from "../api/client.ts";

/** Why a job waits changes as its neighbours start and end, so it is not written into the job; it is asked for, this often. */
const LOOK_AGAIN_MS = 10_000;

/** What a queued job waits for, in the few words that fit its line. */
export function WaitReason({ job }: { job: JobSummary }) {
  const why = useQuery({
    // A key of its own: each event makes what is known of jobs stale, and fifty lines that all ask again would be a storm.
    queryKey: ["reasons of waiting", job.number],
    queryFn: ({ signal }) => call(jobRoutes.why, { params: { job: job.number } }, { signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const words = (why.data?.waits ?? []).filter((wait) => !wait.ok).map((wait) => wait.words);
  return <span title={words.join("; ")}>{words.join("; ")}</span>;
}
