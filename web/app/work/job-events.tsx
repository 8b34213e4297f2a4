import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@mantine/core";
import { parseInstant } from "#kernel";
import { jobRoutes, type JobDetail, type JobEvent } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { pagedQuery } from "../api/route-query.ts";
import { usePages } from "../api/use-pages.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { clockTime, exactTime } from "../ui/when.ts";
import styles from "./job-events.module.css";

/** The journal of a job, oldest first: what became of it, who did it, and why. */
export function JobEvents({ job }: { job: JobDetail }) {
  const query = useInfiniteQuery({
    ...pagedQuery(jobRoutes.events, { params: { job: job.number }, query: { limit: 200 } }),
    refetchInterval: useAskEvery(POLL_MS),
  });
  const pages = usePages(query);
  if (query.isError && query.data === undefined) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (events.length === 0) return query.isPending ? null : <Empty title="No events yet">The journal begins when the job is submitted.</Empty>;
  return (
    <>
      <ol className={styles.events}>
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </ol>
      {pages.more && (
        <Button variant="subtle" size="xs" loading={pages.loadingMore} onClick={pages.loadMore}>
          Show later events
        </Button>
      )}
    </>
  );
}

function EventLine({ event }: { event: JobEvent }) {
  const at = parseInstant(event.at);
  const task = event.task === null ? "" : `task ${event.task}, `;
  const attempt = event.attempt === null || event.attempt <= 1 ? "" : `attempt ${event.attempt}, `;
  return (
    <li>
      {at === undefined ? (
        <span>{event.at}</span>
      ) : (
        <time dateTime={event.at} title={exactTime(at)}>
          {clockTime(at)}
        </time>
      )}
      <span className={styles.what}>
        <strong>{event.outcome === null ? event.to : `${event.to}: ${event.outcome}`}</strong>
        <span>{event.why}</span>
        <span className="hg-quiet">
          {task}
          {attempt}by {event.who}
        </span>
      </span>
    </li>
  );
}
