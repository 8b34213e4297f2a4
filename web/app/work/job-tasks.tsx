import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { formatDuration } from "#kernel";
import { jobRoutes, type JobDetail, type JobSummary } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { pagedQuery } from "../api/route-query.ts";
import { usePages } from "../api/use-pages.ts";
import { Money } from "../ui/money.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { useNow } from "../ui/now.ts";
import type { JobFilter } from "./filter.ts";
import { elapsedOf } from "./elapsed.ts";
import { markOf } from "./mark.ts";
import { StateMark } from "./state-mark.tsx";
import styles from "./job-tasks.module.css";

/** The tasks of an array by index; each is a job of its own address. */
export function JobTasks({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  const query = useInfiniteQuery({
    ...pagedQuery(jobRoutes.tasks, { params: { job: job.number }, query: { limit: 100 } }),
    refetchInterval: useAskEvery(POLL_MS),
  });
  const pages = usePages(query);
  if (query.isError && query.data === undefined) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const tasks = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <table className={styles.tasks} aria-label={`Tasks of job ${job.number}`}>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col" className="hg-number">
              Took
            </th>
            <th scope="col" className="hg-number">
              Charged
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.number} task={task} filter={filter} />
          ))}
        </tbody>
      </table>
      {pages.more && (
        <Button variant="subtle" size="xs" mt={8} loading={pages.loadingMore} onClick={pages.loadMore}>
          Show more tasks
        </Button>
      )}
    </>
  );
}

function TaskRow({ task, filter }: { task: JobSummary; filter: JobFilter }) {
  const now = useNow();
  const ran = elapsedOf(task, now);
  return (
    <tr>
      <td>
        <Link to="/work/$job" params={{ job: task.number }} search={filter}>
          {task.number}
        </Link>
      </td>
      <td>
        <StateMark mark={markOf(task)} />
      </td>
      <td className="hg-number">{ran === null ? "" : formatDuration(ran)}</td>
      <td className="hg-number">{task.outcome !== null && <Money amount={task.charged} unit={task.unit} aligned />}</td>
    </tr>
  );
}
