/** The list of the sidebar, page by page; pages that nobody reads any more are let go. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { shelvedQuery } from "./api";
import type { Place } from "./place";

/** So many pages stay when the reader is back at the top. */
const KEPT_PAGES = 2;
const LET_GO_MS = 5_000;

/** With `held` all pages stay. */
export function useShelved(searched: string, place: Place, held: boolean) {
  const client = useQueryClient();
  const query = useMemo(() => shelvedQuery(searched, place), [searched, place]);
  const list = useInfiniteQuery(query);
  const [onTop, setOnTop] = useState(true);
  const pages = list.data?.pages.length ?? 0;
  const idle = onTop && !held && !list.isFetching && pages > KEPT_PAGES;
  // Every change in a list fetches all its pages anew: thousands of rows for somebody who looks at the first twenty.
  useEffect(() => {
    if (!idle) return undefined;
    const timer = setTimeout(
      () =>
        client.setQueryData(
          query.queryKey,
          (data) =>
            data && {
              pages: data.pages.slice(0, KEPT_PAGES),
              pageParams: data.pageParams.slice(0, KEPT_PAGES),
            },
          // What stays is as old as it was.
          { updatedAt: client.getQueryState(query.queryKey)?.dataUpdatedAt ?? 0 },
        ),
      LET_GO_MS,
    );
    return () => clearTimeout(timer);
  }, [client, idle, query]);
  return { list, setOnTop };
}
