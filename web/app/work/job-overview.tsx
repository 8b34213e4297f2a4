import type { JobDetail } from "#job/contract";
import { JobFacts } from "./job-facts.tsx";
import { JobMoney } from "./job-money.tsx";
import { JobResults } from "./job-results.tsx";
import { JobWhyBox } from "./job-why.tsx";
import type { JobFilter } from "./filter.ts";
import styles from "./job-overview.module.css";

/** The answer first: how it stands and why; then what it found, what it cost, and what it was. */
export function JobOverview({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  return (
    <div className={styles.overview}>
      <JobWhyBox job={job} filter={filter} />
      {job.checks.length > 0 && <JobResults checks={job.checks} />}
      <JobMoney job={job} />
      <JobFacts job={job} filter={filter} />
    </div>
  );
}
