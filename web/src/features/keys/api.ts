/** Virtual keys: made, changed and revoked. A secret is shown once and kept nowhere. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { CreatedKey, CreateKey, Key, KeyList, UpdateKey } from "@/lib/types";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => request<KeyList>("GET", "/api/keys", { signal }),
  refetchOnMount: "always",
  // Spend and last use move while others call.
  refetchInterval: 15_000,
});

const path = (id: string) => `/api/keys/${encodeURIComponent(id)}`;

function useRefreshKeys() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keysQuery.queryKey });
}

export function useCreateKey() {
  return useMutation({
    mutationFn: (key: CreateKey) => request<CreatedKey>("POST", "/api/keys", { body: key }),
    onSuccess: useRefreshKeys(),
    meta: { ownError: true },
  });
}

export function useUpdateKey() {
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UpdateKey }) =>
      request<Key>("PATCH", path(id), { body: change }),
    onSuccess: useRefreshKeys(),
    meta: { ownError: true },
  });
}

export function useRotateKey() {
  return useMutation({
    mutationFn: ({ id, grace_seconds }: { id: string; grace_seconds: number }) =>
      request<CreatedKey>("POST", `${path(id)}/rotate`, { body: { grace_seconds } }),
    onSuccess: useRefreshKeys(),
  });
}

export function useRevokeKey() {
  return useMutation({
    mutationFn: (id: string) => request<Key>("DELETE", path(id)),
    onSuccess: useRefreshKeys(),
  });
}
