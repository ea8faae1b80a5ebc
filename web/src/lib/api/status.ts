/** The state of this installation. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Status } from "@/lib/types";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => request<Status>("GET", "/api/status", { signal }),
});
