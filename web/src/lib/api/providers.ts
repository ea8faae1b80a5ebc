/** Providers: added, tested and removed. Keys go to the server and never come back. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Provider, ProviderList, ProviderTest, PutProvider } from "@/lib/types";
import { modelsKey } from "./models";
import { statusQuery } from "./status";

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => request<ProviderList>("GET", "/api/providers", { signal }),
});

const path = (name: string) => `/api/providers/${encodeURIComponent(name)}`;

export function usePutProvider() {
  const refresh = useRefreshProviders();
  return useMutation({
    mutationFn: ({ name, body }: { name: string; body: PutProvider }) => request<Provider>("PUT", path(name), { body }),
    onSuccess: refresh,
    meta: { ownError: true },
  });
}

export function useRemoveProvider() {
  const refresh = useRefreshProviders();
  return useMutation({ mutationFn: (name: string) => request<void>("DELETE", path(name)), onSuccess: refresh });
}

/** Brings back what was removed a moment ago, with its key. */
export function useRestoreProvider() {
  const refresh = useRefreshProviders();
  return useMutation({
    mutationFn: (name: string) => request<Provider>("POST", `${path(name)}/restore`),
    onSuccess: refresh,
  });
}

/** Puts providers into the order of these names. */
export function useOrderProviders() {
  const refresh = useRefreshProviders();
  return useMutation({
    mutationFn: (names: readonly string[]) => request<ProviderList>("PUT", "/api/providers", { body: { names } }),
    onSuccess: refresh,
  });
}

export function useTestProvider() {
  return useMutation({ mutationFn: (name: string) => request<ProviderTest>("POST", `${path(name)}/test`) });
}

function useRefreshProviders() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: providersQuery.queryKey }),
      client.invalidateQueries({ queryKey: modelsKey }),
      client.invalidateQueries({ queryKey: statusQuery.queryKey }),
    ]);
  };
}
