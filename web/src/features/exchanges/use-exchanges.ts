/** The list of exchanges for these filters: pages as far as somebody scrolled, and what comes in meanwhile. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Exchange } from "@/lib/types";
import { exchangesQuery, newestQuery } from "./api";
import type { ExchangeFilter } from "./filters";
import { join } from "./list";

export interface Exchanges {
  exchanges: readonly Exchange[];
  pending: boolean;
  error: Error | null;
  hasMore: boolean;
  fetchingMore: boolean;
  fetchMore: () => void;
  retry: () => void;
}

export function useExchanges(filter: ExchangeFilter, live: boolean): Exchanges {
  const [generation, setGeneration] = useState(() => Date.now());
  const list = useInfiniteQuery(exchangesQuery(filter, generation));
  const newest = useQuery(newestQuery(filter, live));
  const before = useMemo(() => list.data?.pages.flatMap((page) => page.exchanges) ?? [], [list.data]);
  const fresh = newest.data?.exchanges;
  const joined = useMemo(() => join(fresh ?? [], before), [fresh, before]);
  // More came in than one look at the head of the list can show: it begins anew.
  if (joined.gap && live && list.isSuccess) setGeneration(generation + 1);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = list;
  return {
    exchanges: joined.exchanges,
    pending: list.isPending,
    error: list.error,
    hasMore: hasNextPage,
    fetchingMore: isFetchingNextPage,
    fetchMore: useCallback(() => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    }, [fetchNextPage, hasNextPage, isFetchingNextPage]),
    retry: useCallback(() => void refetch(), [refetch]),
  };
}
