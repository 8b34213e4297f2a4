import type { JobSummary } from "#job/contract";
import { JobRow } from "./job-row.tsx";
import type { Shelf } from "./mark.ts";
import styles from "./job-table.module.css";

type Heads = { readonly why: string; readonly when: string; readonly time: string; readonly money: string };

/** The same columns on every shelf, named for what they say there. */
const HEADS: Readonly<Record<Shelf, Heads>> = {
  running: { why: "Progress", when: "Started", time: "Running for", money: "Reserved" },
  waiting: { why: "Waits for", when: "Submitted", time: "Time limit", money: "Reserved" },
  ended: { why: "Result", when: "Ended", time: "Took", money: "Charged" },
};

/** So many lines from the top say what they wait for; further down a job waits for those above it, and opening it tells. */
const EXPLAINED_MAX = 20;

export function JobTable({ jobs, shelf, label, selected }: { jobs: readonly JobSummary[]; shelf: Shelf; label: string; selected: string | undefined }) {
  const heads = HEADS[shelf];
  return (
    <table role="table" className={styles.table} aria-label={label}>
      <thead role="rowgroup">
        <tr role="row" className={styles.head}>
          <Head className={styles.state}>State</Head>
          <Head className={styles.number}>Job</Head>
          <Head className={styles.title}>What</Head>
          <Head className={styles.why}>{heads.why}</Head>
          <Head className={styles.project}>Project</Head>
          <Head className={styles.person}>Person</Head>
          <Head className={styles.when}>{heads.when}</Head>
          <Head className={styles.time}>{heads.time}</Head>
          <Head className={styles.money}>{heads.money}</Head>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {jobs.map((job, index) => (
          <JobRow key={job.id} job={job} shelf={shelf} selected={job.number === selected} explained={index < EXPLAINED_MAX} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ className, children }: { className: string | undefined; children: string }) {
  return (
    <th role="columnheader" scope="col" className={className}>
      {children}
    </th>
  );
}
