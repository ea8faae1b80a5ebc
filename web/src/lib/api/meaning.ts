/** What searches by meaning can find. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Meaning } from "@/lib/types";

export const meaningQuery = queryOptions({
  queryKey: ["search", "meaning"],
  queryFn: ({ signal }) => request<Meaning>("GET", "/api/library/meaning", { signal }),
});
