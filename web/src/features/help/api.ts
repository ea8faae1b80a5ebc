/** All that there is to read; fetched once, when help is first opened. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Help } from "@/lib/types";

export const helpQuery = queryOptions({
  queryKey: ["help"] as const,
  queryFn: ({ signal }) => request<Help>("GET", "/api/help", { signal }),
  // It changes with the program only.
  staleTime: Infinity,
});
