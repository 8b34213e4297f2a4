import { useInfiniteQuery } from "@tanstack/react-query";
import { jobRoutes, type JobSummary } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { pagedQuery } from "../api/route-query.ts";
import { usePages } from "../api/use-pages.ts";
import type { JobFilter } from "./filter.ts";
import { SHELF_STATES, type Shelf } from "./mark.ts";

/** How many lines a shelf begins with. What runs and waits is what people look at; what ended is read from the top. */
const PAGE_SIZE: Readonly<Record<Shelf, number>> = { running: 100, waiting: 50, ended: 30 };

export type ShelfOfJobs = {
  readonly jobs: readonly JobSummary[];
  /** The number of jobs, or with more than are loaded that number and a plus. */
  readonly count: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly more: boolean;
  readonly loadingMore: boolean;
  readonly loadMore: () => void;
  readonly again: () => void;
};

/** The jobs of one shelf under a filter, kept fresh. */
export function useShelf(shelf: Shelf, filter: JobFilter): ShelfOfJobs {
  const { outcome, ...names } = filter;
  const states = shelf === "ended" && outcome !== undefined ? outcome : SHELF_STATES[shelf].join(",");
  // Only what ended has a result: filtered by one, nothing can run or wait.
  const asked = shelf === "ended" || outcome === undefined;
  const askEvery = useAskEvery(POLL_MS);
  const query = useInfiniteQuery({
    ...pagedQuery(jobRoutes.list, { query: { ...names, state: states, limit: PAGE_SIZE[shelf] } }),
    refetchInterval: askEvery,
    placeholderData: (previous) => previous,
    enabled: asked,
  });
  const pages = usePages(query);
  // A shelf that is not asked for keeps what it was last answered; it must not be shown.
  const jobs = asked ? (query.data?.pages.flatMap((page) => page.items) ?? []) : [];
  return {
    jobs,
    count: `${jobs.length.toLocaleString("en-GB")}${query.hasNextPage ? "+" : ""}`,
    pending: query.isPending && asked,
    error: query.isError && query.data === undefined ? query.error : null,
    ...pages,
    again: () => void query.refetch(),
  };
}
