import { Link } from "@tanstack/react-router";
import { formatDuration, milliseconds } from "#kernel";
import type { JobSummary } from "#job/contract";
import { Money } from "../ui/money.tsx";
import { useNow } from "../ui/now.ts";
import { TimeAgo } from "../ui/time-ago.tsx";
import { elapsedOf } from "./elapsed.ts";
import { markOf, type Shelf } from "./mark.ts";
import { StateMark } from "./state-mark.tsx";
import { titleOf } from "./title.ts";
import { WaitReason } from "./wait-reason.tsx";
import styles from "./job-table.module.css";

type JobRowProps = {
  readonly job: JobSummary;
  readonly shelf: Shelf;
  readonly selected: boolean;
  /** Whether the line asks for the reason of its waiting. */
  readonly explained: boolean;
};

/** One job in one line. The whole line is the link, so that it can be opened in a tab of its own like any other. */
export function JobRow({ job, shelf, selected, explained }: JobRowProps) {
  const title = titleOf(job);
  return (
    <tr role="row" className={styles.row} data-selected={selected || undefined}>
      <td role="cell" className={styles.state}>
        <StateMark mark={markOf(job)} />
      </td>
      <td role="cell" className={styles.number}>
        <Link
          to="/work/$job"
          params={{ job: job.number }}
          search={(previous) => previous}
          className={styles.link}
          data-job-link={job.number}
          aria-current={selected ? "true" : undefined}
          aria-label={`Job ${job.number}, ${title.main}`}
        >
          {job.number}
        </Link>
      </td>
      <td role="cell" className={styles.title}>
        <span className={styles.main}>{title.main}</span>
        {title.aside !== null && <span className={styles.aside}>{title.aside}</span>}
      </td>
      <td role="cell" className={styles.why}>
        <Why job={job} shelf={shelf} explained={explained} />
      </td>
      <td role="cell" className={styles.project}>
        {job.project}
      </td>
      <td role="cell" className={styles.person}>
        {job.person}
      </td>
      <td role="cell" className={styles.when}>
        <TimeAgo at={momentOf(job, shelf)} />
      </td>
      <td role="cell" className={styles.time}>
        {shelf === "waiting" ? limitOf(job) : <Elapsed job={job} />}
      </td>
      <td role="cell" className={styles.money}>
        <Money amount={shelf === "ended" ? job.charged : job.reserved} unit={job.unit} aligned />
      </td>
    </tr>
  );
}

function momentOf(job: JobSummary, shelf: Shelf): string {
  if (shelf === "running") return job.started_at ?? job.submitted_at;
  return shelf === "ended" ? (job.ended_at ?? job.submitted_at) : job.submitted_at;
}

function limitOf(job: JobSummary): string {
  return formatDuration(milliseconds(job.time_limit_s * 1000));
}

/** The middle of the line: how far it is, what it waits for, or how it ended. */
function Why({ job, shelf, explained }: { job: JobSummary; shelf: Shelf; explained: boolean }) {
  if (job.array !== null) return <ArrayProgress array={job.array} reason={shelf === "waiting" ? job.reason : null} />;
  if (shelf === "running") return <TimeProgress job={job} />;
  if (shelf === "waiting" && job.reason === null) return explained ? <WaitReason job={job} /> : null;
  if (job.flagged) return <span className={styles.flag}>{job.reason ?? "needs a look"}</span>;
  return <span title={job.reason ?? undefined}>{job.reason ?? ""}</span>;
}

function ArrayProgress({ array, reason }: { array: NonNullable<JobSummary["array"]>; reason: string | null }) {
  const percent = array.tasks === 0 ? 0 : (array.ended / array.tasks) * 100;
  const bad = array.ended - array.completed;
  return (
    <span className={styles.progress} title={reason ?? undefined}>
      <span className={styles.track} aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span>
        {array.ended.toLocaleString("en-GB")} of {array.tasks.toLocaleString("en-GB")} tasks
        {bad > 0 ? `, ${bad.toLocaleString("en-GB")} not completed` : ""}
      </span>
    </span>
  );
}

/** How much of its time limit a running job has used. It is no promise of the end, and says so. */
function TimeProgress({ job }: { job: JobSummary }) {
  const now = useNow();
  const used = elapsedOf(job, now);
  const percent = used === null ? 0 : Math.min(100, used / job.time_limit_s / 10);
  return (
    <span className={styles.progress}>
      <span className={styles.track} aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span>limit {limitOf(job)}</span>
    </span>
  );
}

function Elapsed({ job }: { job: JobSummary }) {
  const now = useNow();
  const used = elapsedOf(job, now);
  return <>{used === null ? <span className="hg-quiet">-</span> : formatDuration(used)}</>;
}
