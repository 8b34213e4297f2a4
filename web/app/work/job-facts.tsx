import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { formatDuration, formatMemory, mib, milliseconds } from "#kernel";
import type { JobDetail } from "#job/contract";
import { Command } from "../ui/command.tsx";
import { useNow } from "../ui/now.ts";
import { TimeAgo } from "../ui/time-ago.tsx";
import type { JobFilter } from "./filter.ts";
import { elapsedOf } from "./elapsed.ts";
import styles from "./job-overview.module.css";

/** What was asked for and where it ran. A fact that a job does not have is not shown. */
export function JobFacts({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  const now = useNow();
  const ran = elapsedOf(job, now);
  const attempt = job.attempts[0];
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["App", job.app === null ? null : `${job.app}${job.case === null ? "" : `/${job.case}`}`],
    ["Parameters", Object.keys(job.parameters).length === 0 ? null : <Parameters values={job.parameters} />],
    [
      "Asked for",
      `${job.cores} ${job.cores === 1 ? "core" : "cores"}, ${formatMemory(mib(job.memory_mib))}, ${formatDuration(milliseconds(job.time_limit_s * 1000))} at most`,
    ],
    ["Submitted", <TimeAgo at={job.submitted_at} />],
    ["Started", job.started_at === null ? null : <TimeAgo at={job.started_at} />],
    ["Ended", job.ended_at === null ? null : <TimeAgo at={job.ended_at} />],
    ["Ran for", ran === null ? null : formatDuration(ran)],
    ["On", attempt?.host == null ? null : `${attempt.host}${attempt.pid === null ? "" : `, process ${attempt.pid}`}`],
    ["Exit", attempt === undefined ? null : exitOf(attempt)],
    ["Attempts", job.attempts.length > 1 ? `${job.attempts.length}` : null],
    ["Tried again", job.retries.count === 0 ? null : `up to ${job.retries.count} times when ${job.retries.on.join(", ")}`],
    ["After", job.dependencies.length === 0 ? null : <Dependencies job={job} filter={filter} />],
    ["Command", job.command === null ? null : <code>{job.command.join(" ")}</code>],
    ["Folder", job.folder === null ? null : <Command line={job.folder} />],
  ];
  return (
    <section>
      <h3>Details</h3>
      <dl className={styles.facts}>
        {facts.map(([name, fact]) =>
          fact === null ? null : (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </Fragment>
          ),
        )}
      </dl>
    </section>
  );
}

function exitOf(attempt: JobDetail["attempts"][number]): string | null {
  if (attempt.signal !== null) return attempt.signal;
  return attempt.exit_code === null ? null : `code ${attempt.exit_code}`;
}

function Parameters({ values }: { values: JobDetail["parameters"] }) {
  return (
    <span className={styles.parameters}>
      {Object.entries(values).map(([name, value]) => (
        <span key={name}>
          {name} <b>{typeof value === "string" ? value : JSON.stringify(value)}</b>
        </span>
      ))}
    </span>
  );
}

const DEPENDENCY_WORDS = { afterok: "completes", afterany: "ends", afternotok: "fails" } as const;

function Dependencies({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  return (
    <>
      {job.dependencies.map((dependency) => (
        <div key={`${dependency.kind} ${dependency.job}`}>
          <Link to="/work/$job" params={{ job: dependency.job }} search={filter}>
            {dependency.job}
          </Link>{" "}
          {DEPENDENCY_WORDS[dependency.kind]} ({dependency.state})
        </div>
      ))}
    </>
  );
}
