import { useEffect, useState } from "react";

/** What is needed of an infinite query. */
type Pages = {
  readonly data: { readonly pages: readonly unknown[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
};

/**
 * Asking for a further page so that the wish outlives what happens meanwhile: a live event makes the whole list be asked for again, which
 * breaks off the page that was on its way. A page that failed is asked for again only by a person.
 */
export function usePages(query: Pages): { readonly more: boolean; readonly loadingMore: boolean; readonly loadMore: () => void } {
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const [wanted, setWanted] = useState(1);
  const loaded = query.data?.pages.length ?? 0;
  const missing = hasNextPage && loaded > 0 && loaded < wanted && !isFetchNextPageError;
  useEffect(() => {
    if (missing && !isFetching) void fetchNextPage();
  }, [missing, isFetching, fetchNextPage]);
  return {
    more: hasNextPage,
    loadingMore: missing,
    loadMore: () => {
      setWanted(loaded + 1);
      if (isFetchNextPageError) void fetchNextPage();
    },
  };
}
