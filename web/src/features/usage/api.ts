/** What was used and what it cost, from the ledger. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { ExchangeList, UsageReport } from "@/lib/types";

export function usageQuery(from: string, to: string) {
  return queryOptions({
    queryKey: ["usage", from, to],
    queryFn: ({ signal }) => request<UsageReport>("GET", "/api/usage", { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });
}

export const exchangesQuery = infiniteQueryOptions({
  queryKey: ["exchanges"],
  queryFn: ({ pageParam, signal }) =>
    request<ExchangeList>("GET", "/api/exchanges", { query: { limit: 50, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
  refetchOnMount: "always",
});
