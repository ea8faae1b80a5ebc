/** Routes: listed with their standing, kept, deleted, and tried. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { modelsKey } from "@/lib/api/models";
import { request } from "@/lib/client";
import type { KeyList, PutRoute, Route, RouteList, TriedRoute, TryRoute } from "@/lib/types";

export const routesQuery = queryOptions({
  queryKey: ["routes"],
  queryFn: ({ signal }) => request<RouteList>("GET", "/api/routes", { signal }),
  refetchInterval: 5_000,
  refetchOnMount: "always",
});

/** Whom a request could come from. */
export const keyNamesQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => request<KeyList>("GET", "/api/keys", { signal }),
});

const path = (name: string) => `/api/routes/${encodeURIComponent(name)}`;

function useRefreshRoutes() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: routesQuery.queryKey }),
      client.invalidateQueries({ queryKey: modelsKey }),
    ]);
  };
}

export function usePutRoute() {
  return useMutation({
    mutationFn: ({ name, body }: { name: string; body: PutRoute }) => request<Route>("PUT", path(name), { body }),
    onSuccess: useRefreshRoutes(),
    meta: { ownError: true },
  });
}

export function useDeleteRoute() {
  return useMutation({
    mutationFn: (name: string) => request<void>("DELETE", path(name)),
    onSuccess: useRefreshRoutes(),
  });
}

/** Puts a deleted route back; a refusal has a message of its own. */
export function useRestoreRoute() {
  return useMutation({
    mutationFn: ({ name, settings }: Route) => request<Route>("PUT", path(name), { body: settings }),
    onSuccess: useRefreshRoutes(),
  });
}

export function useTryRoute() {
  return useMutation({
    mutationFn: (body: TryRoute) => request<TriedRoute>("POST", "/api/routes/try", { body }),
    meta: { ownError: true },
  });
}
