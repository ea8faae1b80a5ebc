/** The tools that models may use while they answer. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { ToolChoices, ToolList } from "@/lib/types";

/** No choice of a conversation's own. */
export const AS_SETTINGS: ToolChoices = { on: null, unasked: [] };

/** They come with the program and do not change while it runs. */
export const toolsQuery = queryOptions({
  queryKey: ["tools"],
  queryFn: ({ signal }) => request<ToolList>("GET", "/api/tools", { signal }),
  staleTime: Infinity,
});
