import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { Command } from "../ui/command.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { isFiltered, type JobFilter } from "./filter.ts";
import { JobTable } from "./job-table.tsx";
import type { Shelf } from "./mark.ts";
import { useShelf, type ShelfOfJobs } from "./use-jobs.ts";
import styles from "./shelves.module.css";

const NAMES: Readonly<Record<Shelf, string>> = { running: "Running", waiting: "Waiting", ended: "Ended" };

/** What runs, what waits and why, what ended. A shelf with nothing on it is not shown; three of them teach the first command. */
export function Shelves({ filter, selected }: { filter: JobFilter; selected: string | undefined }) {
  const running = useShelf("running", filter);
  const waiting = useShelf("waiting", filter);
  const ended = useShelf("ended", filter);
  const all = [running, waiting, ended];
  const failed = all.find((shelf) => shelf.error !== null);
  if (failed !== undefined) return <ProblemNotice error={failed.error} retry={failed.again} />;
  if (all.some((shelf) => shelf.pending)) return <Loading />;
  if (all.every((shelf) => shelf.jobs.length === 0)) return isFiltered(filter) ? <NothingFound /> : <FirstJob />;
  return (
    <>
      <ShelfSection shelf="running" content={running} selected={selected} />
      <ShelfSection shelf="waiting" content={waiting} selected={selected} />
      <ShelfSection shelf="ended" content={ended} selected={selected} />
    </>
  );
}

function ShelfSection({ shelf, content, selected }: { shelf: Shelf; content: ShelfOfJobs; selected: string | undefined }) {
  const id = useId();
  if (content.jobs.length === 0) return null;
  return (
    <section aria-labelledby={id} className={styles.shelf}>
      <h2 id={id} className={styles.name}>
        {NAMES[shelf]} <span className={styles.count}>{content.count}</span>
      </h2>
      <div className={styles.sheet}>
        <JobTable jobs={content.jobs} shelf={shelf} label={`${NAMES[shelf]} jobs`} selected={selected} />
        {content.more && (
          <div className={styles.more}>
            <Button variant="subtle" size="xs" loading={content.loadingMore} onClick={content.loadMore}>
              Show more {NAMES[shelf].toLowerCase()} jobs
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}

/** Nothing moves while the first answer is on its way: it takes milliseconds, and a skeleton would only flash. */
function Loading() {
  return (
    <p className="hg-hidden" role="status">
      Loading the jobs
    </p>
  );
}

function NothingFound() {
  return (
    <div className={styles.sheet}>
      <Empty title="No job matches this filter">
        <Link to="/work" search={{}}>
          Show all jobs
        </Link>
      </Empty>
    </div>
  );
}

function FirstJob() {
  return (
    <div className={styles.sheet}>
      <Empty title="No job has been submitted yet">
        <p>Choose an example of the catalogue here, or in a terminal:</p>
        <Command line="headgate app list" />
        <Command line="headgate job submit quantum-espresso/silicon-scf --project materials" />
        <Button component={Link} to="/submit" size="sm" mt={6}>
          Submit the first job
        </Button>
      </Empty>
    </div>
  );
}
