/** What was used and what it cost, from the ledger. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { UsageReport } from "@/lib/types";

export function usageQuery(from: string, to: string) {
  return queryOptions({
    queryKey: ["usage", from, to],
    queryFn: ({ signal }) => request<UsageReport>("GET", "/api/usage", { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });
}
