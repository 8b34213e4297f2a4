import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { jobRoutes, type JobDetail } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { Icon } from "../ui/icons.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import type { JobFilter } from "./filter.ts";
import { JobActions } from "./job-actions.tsx";
import { JobEvents } from "./job-events.tsx";
import { JobFiles } from "./job-files.tsx";
import { JobLog } from "./job-log.tsx";
import { JobOverview } from "./job-overview.tsx";
import { JobTasks } from "./job-tasks.tsx";
import { markOf } from "./mark.ts";
import { StateMark } from "./state-mark.tsx";
import { titleOf } from "./title.ts";
import styles from "./job-panel.module.css";

const TABS = { log: "Log", files: "Files", events: "Events", tasks: "Tasks" } as const;
/** A tab is the current one at its own address only, not at those below it. */
const EXACT = { exact: true, includeSearch: false } as const;
type Tab = "overview" | keyof typeof TABS;

function readTab(text: string | undefined): Tab {
  return text !== undefined && Object.hasOwn(TABS, text) ? (text as keyof typeof TABS) : "overview";
}

/** One job beside the list. Its address is its own, tab included. */
export function JobPanel({ job, tab, filter }: { job: string; tab: string | undefined; filter: JobFilter }) {
  const query = useQuery({ ...routeQuery(jobRoutes.show, { params: { job } }), refetchInterval: useAskEvery(POLL_MS) });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <aside className={styles.panel} aria-label={`Job ${job}`}>
      <div className={styles.head}>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          <span className={styles.number}>{job}</span>
          {query.data !== undefined && <span className={styles.name}>{titleOf(query.data).main}</span>}
        </h2>
        <Link to="/work" search={filter} className={styles.close} aria-label="Close the job">
          <Icon name="close" />
        </Link>
        {query.data !== undefined && (
          <div className={styles.line}>
            <span role="status">
              <StateMark mark={markOf(query.data)} />
            </span>
            <span className="hg-quiet">
              {query.data.person} on {query.data.project}
            </span>
            <JobActions job={query.data} filter={filter} />
          </div>
        )}
      </div>
      {query.data !== undefined && <Tabs job={query.data} tab={readTab(tab)} filter={filter} />}
      {query.isError && query.data === undefined && (
        <div className={styles.body}>
          <ProblemNotice error={query.error} retry={() => void query.refetch()} />
        </div>
      )}
    </aside>
  );
}

function Tabs({ job, tab, filter }: { job: JobDetail; tab: Tab; filter: JobFilter }) {
  const shown = (Object.keys(TABS) as (keyof typeof TABS)[]).filter((name) => name !== "tasks" || job.array !== null);
  return (
    <>
      <nav className={styles.tabs} aria-label={`Parts of job ${job.number}`}>
        <Link to="/work/$job" params={{ job: job.number }} search={filter} replace activeOptions={EXACT}>
          Overview
        </Link>
        {shown.map((name) => (
          <Link key={name} to="/work/$job/$tab" params={{ job: job.number, tab: name }} search={filter} replace activeOptions={EXACT}>
            {TABS[name]}
            {name === "files" && job.files.length > 0 && <span className={styles.count}>{job.files.length}</span>}
          </Link>
        ))}
      </nav>
      <div className={styles.body} data-tab={tab}>
        <TabBody job={job} tab={tab} filter={filter} />
      </div>
    </>
  );
}

function TabBody({ job, tab, filter }: { job: JobDetail; tab: Tab; filter: JobFilter }) {
  switch (tab) {
    case "overview":
      return <JobOverview job={job} filter={filter} />;
    case "log":
      return <JobLog job={job} />;
    case "files":
      return <JobFiles job={job} />;
    case "events":
      return <JobEvents job={job} />;
    case "tasks":
      return <JobTasks job={job} filter={filter} />;
  }
}
