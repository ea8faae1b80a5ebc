/** What a person chose once. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Settings } from "@/lib/types";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => request<Settings>("GET", "/api/settings", { signal }),
  staleTime: 60_000,
});

/** Changes what is given; shown at once, and taken back if the server refuses. */
export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    scope: { id: "settings" },
    mutationFn: async (change: Partial<Settings>) => {
      const current = await client.ensureQueryData(settingsQuery);
      return request<Settings>("PUT", "/api/settings", { body: { ...current, ...change } });
    },
    onMutate: (change) => {
      const before = client.getQueryData(settingsQuery.queryKey);
      if (before) client.setQueryData(settingsQuery.queryKey, { ...before, ...change });
      return { before };
    },
    onError: (_error, _change, context) => {
      if (context?.before) client.setQueryData(settingsQuery.queryKey, context.before);
    },
    onSuccess: (saved) => client.setQueryData(settingsQuery.queryKey, saved),
  });
}
