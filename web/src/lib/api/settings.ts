/** What a person chose once. */
import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Settings, UpdateSettings } from "@/lib/types";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => request<Settings>("GET", "/api/settings", { signal }),
  staleTime: 60_000,
});

const changeKey = ["settings", "change"];

/** How many changes the server has not answered yet. */
const changesUnderWay = (client: QueryClient) => client.isMutating({ mutationKey: changeKey });

/** Somebody chose something else. What is chosen here meanwhile is read again at its own end. */
export function settingsChanged(client: QueryClient): void {
  if (changesUnderWay(client) === 0) void client.invalidateQueries({ queryKey: settingsQuery.queryKey });
}

/** Changes what is given and leaves the rest; shown at once, and taken back if the server refuses. */
export function useChangeSettings() {
  const client = useQueryClient();
  const { queryKey } = settingsQuery;
  return useMutation({
    mutationKey: changeKey,
    // One after the other, in the order in which they were made.
    scope: { id: "settings" },
    mutationFn: (change: UpdateSettings) => request<Settings>("PATCH", "/api/settings", { body: change }),
    onMutate: async (change) => {
      // What is read just now may not know of it yet.
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, (now) => now && { ...now, ...change });
      return { before };
    },
    onError: (_error, change, context) => {
      const before = context?.before;
      if (!before) return;
      const names = Object.keys(change) as (keyof UpdateSettings)[];
      const undone = Object.fromEntries(names.map((name) => [name, before[name]])) as UpdateSettings;
      client.setQueryData(queryKey, (now) => now && { ...now, ...undone });
    },
    onSuccess: (saved) => {
      // What was chosen since is shown already, and is not in this answer.
      if (changesUnderWay(client) === 1) client.setQueryData(queryKey, saved);
    },
    onSettled: () => {
      if (changesUnderWay(client) === 1) void client.invalidateQueries({ queryKey });
    },
  });
}
