/** How models are doing, what is expected of their providers, and trying them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { healthKey } from "@/lib/api/health";
import { rememberJob } from "@/lib/api/jobs";
import { request } from "@/lib/client";
import type { HealthReport, Job, ModelTest, PutSla, Sla } from "@/lib/types";

export const healthQuery = queryOptions({
  queryKey: healthKey,
  queryFn: ({ signal }) => request<HealthReport>("GET", "/api/health", { signal }),
  refetchInterval: 5_000,
  refetchOnMount: "always",
});

export function usePutSla() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ provider, target }: { provider: string; target: PutSla }) =>
      request<Sla>("PUT", `/api/sla/${encodeURIComponent(provider)}`, { body: target }),
    onSuccess: () => client.invalidateQueries({ queryKey: healthKey }),
    meta: { ownError: true },
  });
}

export function useTestModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (model: string) => request<ModelTest>("POST", "/api/models/test", { body: { model } }),
    onSettled: () => client.invalidateQueries({ queryKey: healthKey }),
    meta: { ownError: true },
  });
}

export function usePullModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: { provider: string; model: string }) =>
      request<Job>("POST", "/api/models/pull", { body: wanted }),
    onSuccess: (job) => rememberJob(client, job),
    meta: { ownError: true },
  });
}
