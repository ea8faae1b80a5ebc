/** The ledger: searched, looked into, and what is kept of requests. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Exchange, ExchangeDetail, ExchangeList, Retention, RetentionState } from "@/lib/types";
import { apiQuery, type ExchangeFilter } from "./filters";

const PAGE = 100;
/** As many as the server gives at once. */
const EXPORT_PAGE = 500;
/** How often the head of the list is looked at while somebody watches it. */
const WATCH_MS = 2_500;

function page(filter: ExchangeFilter, limit: number, cursor: string | undefined, signal?: AbortSignal) {
  return request<ExchangeList>("GET", "/api/exchanges", {
    query: { ...apiQuery(filter), limit, cursor },
    ...(signal ? { signal } : {}),
  });
}

/**
 * The list as it stood when it was first asked for, page after page. It is never fetched again as a whole, however long
 * it has become: what is new is watched by `newestQuery` and put before it.
 */
export function exchangesQuery(filter: ExchangeFilter, generation: number) {
  return infiniteQueryOptions({
    queryKey: ["exchanges", filter, generation],
    queryFn: ({ pageParam, signal }) => page(filter, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

export function newestQuery(filter: ExchangeFilter, watched: boolean) {
  return queryOptions({
    queryKey: ["exchanges-newest", filter],
    queryFn: ({ signal }) => page(filter, PAGE, undefined, signal),
    enabled: watched,
    refetchInterval: WATCH_MS,
    staleTime: 0,
  });
}

/** Everything that matches, for a file; `told` hears how many there are so far. */
export async function allExchanges(
  filter: ExchangeFilter,
  told: (count: number) => void,
  signal: AbortSignal,
): Promise<Exchange[]> {
  const found: Exchange[] = [];
  let cursor: string | undefined;
  do {
    const list = await page(filter, EXPORT_PAGE, cursor, signal);
    found.push(...list.exchanges);
    told(found.length);
    cursor = list.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

export function exchangeQuery(id: string) {
  return queryOptions({
    queryKey: ["exchange", id],
    queryFn: ({ signal }) => request<ExchangeDetail>("GET", `/api/exchanges/${encodeURIComponent(id)}`, { signal }),
    staleTime: 60_000,
  });
}

export const retentionQuery = queryOptions({
  queryKey: ["retention"],
  queryFn: ({ signal }) => request<RetentionState>("GET", "/api/retention", { signal }),
});

export function usePutRetention() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (retention: Retention) => request<RetentionState>("PUT", "/api/retention", { body: retention }),
    onSuccess: (state) => {
      client.setQueryData(retentionQuery.queryKey, state);
      // What was kept may be gone.
      void client.invalidateQueries({ queryKey: ["exchange"] });
    },
    meta: { ownError: true },
  });
}
