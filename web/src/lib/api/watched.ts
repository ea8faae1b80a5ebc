/** Folders that the library is kept in step with; events tell when what is known of them is out of date. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { WatchedFolder, WatchedFolderList, WatchFolder } from "@/lib/types";

/** How often it is looked at how folders come on that catch up, and how often the others were looked at. */
const SOON_MS = 1_500;
const LATER_MS = 10_000;

export const watchedKey = ["library", "watched"] as const;

const ALL = "/api/library/watched";
const path = (id: string) => `${ALL}/${encodeURIComponent(id)}`;

export const watchedQuery = queryOptions({
  queryKey: watchedKey,
  queryFn: ({ signal }) => request<WatchedFolderList>("GET", ALL, { signal }),
  staleTime: 0,
  refetchInterval: ({ state }) =>
    state.data?.folders.some((folder) => folder.state === "catching_up" || folder.state === "leaving")
      ? SOON_MS
      : LATER_MS,
});

export function useWatch() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (body: WatchFolder) => request<WatchedFolder>("POST", ALL, { body }), onSuccess });
}

export function useLook() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (id: string) => request<WatchedFolder>("POST", `${path(id)}/look`), onSuccess });
}

export function useUnwatch() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: ({ id, documents }: { id: string; documents: "keep" | "delete" }) =>
      request<void>("DELETE", path(id), { query: { documents } }),
    onSuccess,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: watchedKey });
}
