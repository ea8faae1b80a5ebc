/** The tools that models may use while they answer. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { ToolChoices, ToolList } from "@/lib/types";

/** No choice of a conversation's own. */
export const AS_SETTINGS: ToolChoices = { on: null, unasked: [] };

/** Those of tool servers come and go. */
const FRESH_MS = 5_000;

export const toolsQuery = queryOptions({
  queryKey: ["tools"],
  queryFn: ({ signal }) => request<ToolList>("GET", "/api/tools", { signal }),
  staleTime: FRESH_MS,
});
