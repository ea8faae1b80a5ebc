/** Experiments: listed, planned, begun, paused, ended; what votes and opinions come to. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type {
  ChangeExperiment,
  Experiment,
  ExperimentList,
  ExperimentOutlook,
  PreferenceReport,
  PutExperiment,
  PutPreferences,
  RatingList,
  RouteList,
} from "@/lib/types";

export const experimentsQuery = queryOptions({
  queryKey: ["experiments"],
  queryFn: ({ signal }) => request<ExperimentList>("GET", "/api/experiments", { signal }),
  refetchInterval: 4_000,
  refetchOnMount: "always",
});

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: ["experiments", id],
    queryFn: ({ signal }) => request<Experiment>("GET", `/api/experiments/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: (query) => (query.state.data?.status === "running" ? 2_000 : false),
    refetchOnMount: "always",
  });

export const routeNamesQuery = queryOptions({
  queryKey: ["routes"],
  queryFn: ({ signal }) => request<RouteList>("GET", "/api/routes", { signal }),
});

export interface OutlookAsked {
  target: string;
  goal: string;
  effect: number;
  alpha: number;
  variants: number;
}

export const outlookQuery = (asked: OutlookAsked | undefined) =>
  queryOptions({
    queryKey: ["experiments", "outlook", asked],
    queryFn: ({ signal }) =>
      request<ExperimentOutlook>("GET", "/api/experiments/outlook", { query: { ...asked }, signal }),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: experimentsQuery.queryKey });
}

export function useCreateExperiment() {
  return useMutation({
    mutationFn: (body: PutExperiment) => request<Experiment>("POST", "/api/experiments", { body }),
    onSuccess: useRefresh(),
    meta: { ownError: true },
  });
}

export function useChangeExperiment() {
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: ChangeExperiment }) =>
      request<Experiment>("PATCH", `/api/experiments/${encodeURIComponent(id)}`, { body }),
    onSuccess: useRefresh(),
    meta: { ownError: true },
  });
}

export type Step = "start" | "pause" | "finish";

export function useStep() {
  return useMutation({
    mutationFn: ({ id, step }: { id: string; step: Step }) =>
      request<Experiment>("POST", `/api/experiments/${encodeURIComponent(id)}/${step}`, { body: {} }),
    onSuccess: useRefresh(),
  });
}

export function useDeleteExperiment() {
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `/api/experiments/${encodeURIComponent(id)}`),
    onSuccess: useRefresh(),
  });
}

export const ratingsQuery = (task: string, looksApart: boolean) =>
  queryOptions({
    queryKey: ["ratings", task, looksApart],
    queryFn: ({ signal }) =>
      request<RatingList>("GET", "/api/ratings", {
        query: { task: task || undefined, looks_apart: looksApart || undefined },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });

export const preferencesQuery = queryOptions({
  queryKey: ["preferences"],
  queryFn: ({ signal }) => request<PreferenceReport>("GET", "/api/preferences", { signal }),
  refetchOnMount: "always",
});

export function usePutPreferences() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PutPreferences) => request<PreferenceReport>("PUT", "/api/preferences", { body }),
    onSuccess: (report) => client.setQueryData(preferencesQuery.queryKey, report),
    meta: { ownError: true },
  });
}
