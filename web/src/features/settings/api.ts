/** Virtual keys: made, listed and revoked. The secret is shown once and kept nowhere. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { CreatedKey, CreateKey, Key, KeyList } from "@/lib/types";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => request<KeyList>("GET", "/api/keys", { signal }),
});

export type NewKey = Pick<CreateKey, "name"> & Partial<CreateKey>;

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: NewKey) => request<CreatedKey>("POST", "/api/keys", { body: key }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
    meta: { ownError: true },
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Key>("DELETE", `/api/keys/${encodeURIComponent(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
}
