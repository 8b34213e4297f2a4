import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { jobRoutes, type JobDetail, type JobWhy } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { Icon } from "../ui/icons.tsx";
import { TimeAgo } from "../ui/time-ago.tsx";
import type { JobFilter } from "./filter.ts";
import { isEnded, markOf } from "./mark.ts";
import styles from "./job-overview.module.css";

/** While it waits the reasons are looked at this often even without news: a licence or a neighbour's end makes no event of this job. */
const LOOK_AGAIN_MS = 5000;

const KIND_NAMES: Readonly<Record<JobWhy["waits"][number]["kind"], string>> = {
  dependency: "dependency",
  cores: "cores",
  memory: "memory",
  throttle: "throttle",
  turn: "turn",
  budget: "budget",
  worker: "worker",
  nothing: "",
};

export function JobWhyBox({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  const waits = !isEnded(job.state) && job.state !== "running";
  const ask = useAskEvery(POLL_MS);
  const why = useQuery({ ...routeQuery(jobRoutes.why, { params: { job: job.number } }), refetchInterval: waits ? LOOK_AGAIN_MS : ask });
  const mark = markOf(job);
  const headline = headlineOf(job, why.data);
  if (headline === null && job.retry_of === null) return null;
  return (
    <section aria-label="How it stands" className={styles.why} data-tone={mark.tone}>
      {headline !== null && <p className={styles.headline}>{headline}</p>}
      {why.data !== undefined && why.data.waits.length > 0 && <Waits why={why.data} />}
      {job.retry_of !== null && (
        <p className={styles.looked}>
          Runs{" "}
          <Link to="/work/$job" params={{ job: job.retry_of }} search={filter}>
            {job.retry_of}
          </Link>{" "}
          again.
        </p>
      )}
      {why.data !== undefined && waits && (
        <p className={styles.looked}>
          {why.data.starts_about !== null && (
            <>
              Starts <TimeAgo at={why.data.starts_about} /> at the latest.{" "}
            </>
          )}
          Looked <TimeAgo at={why.data.looked_at} />.
        </p>
      )}
    </section>
  );
}

/** The answer in one line. What the head of the panel says already, which job and in what state, is not said twice. */
function headlineOf(job: JobDetail, why: JobWhy | undefined): string | null {
  if (isEnded(job.state)) return job.reason;
  const open = why?.waits.filter((wait) => !wait.ok).length ?? 0;
  if (open > 0) return open === 1 ? "Waits for 1 thing" : `Waits for ${open} things`;
  return job.reason;
}

function Waits({ why }: { why: JobWhy }) {
  return (
    <ul className={styles.waits}>
      {why.waits.map((wait) => (
        <li key={`${wait.kind} ${wait.words}`} data-ok={wait.ok}>
          <Icon name={wait.ok ? "check" : "hourglass"} size={14} />
          <span>{KIND_NAMES[wait.kind]}</span>
          <span>
            <span className="hg-hidden">{wait.ok ? "no reason: " : "waits: "}</span>
            {wait.words}
          </span>
        </li>
      ))}
    </ul>
  );
}
