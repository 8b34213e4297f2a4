import { useParams, useSearch } from "@tanstack/react-router";
import { MoneyStrip } from "../money/money-strip.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { JobPanel } from "./job-panel.tsx";
import { Shelves } from "./shelves.tsx";
import { useJobKeys } from "./use-job-keys.ts";
import styles from "./work-page.module.css";

/** The jobs, and beside them the one whose address is open. */
export function WorkPage() {
  const { job, tab } = useParams({ strict: false });
  const filter = useSearch({ from: "/frame/work" });
  useJobKeys(job, tab, filter);
  return (
    <div className={styles.page} data-open={job !== undefined || undefined}>
      <title>{job === undefined ? "Work - Headgate" : `${job} - Headgate`}</title>
      <div className={styles.list}>
        <h1 className="hg-hidden">Work</h1>
        <MoneyStrip />
        <FilterBar filter={filter} />
        <Shelves filter={filter} selected={job} />
      </div>
      {job !== undefined && <JobPanel key={job} job={job} tab={tab} filter={filter} />}
    </div>
  );
}
