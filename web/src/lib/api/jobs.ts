/** Background work that a screen follows. */
import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError, request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Job, JobList } from "@/lib/types";

/** A job by its id, asked for again while it goes on: the server publishes no events for jobs. */
export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ["job", id],
    queryFn: async ({ signal }) => {
      const { jobs } = await request<JobList>("GET", "/api/jobs", { signal });
      const job = jobs.find((entry) => entry.id === id);
      if (!job) throw new ApiError({ status: 404, code: "not_found", detail: text.common.jobGone });
      return job;
    },
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 600),
  });
}

const jobsKey = ["jobs"] as const;

/** All jobs, asked for again while somebody looks at them; sooner while any goes on. */
export const jobsQuery = queryOptions({
  queryKey: jobsKey,
  queryFn: ({ signal }) => request<JobList>("GET", "/api/jobs", { signal }),
  refetchInterval: ({ state }) => (state.data?.jobs.every(isOver) ? 5_000 : 1_000),
});

export function rememberJob(client: QueryClient, job: Job): void {
  client.setQueryData(jobQuery(job.id).queryKey, job);
}

export function isOver(job: Job): boolean {
  return job.state === "finished" || job.state === "failed" || job.state === "cancelled";
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Job>("DELETE", `/api/jobs/${encodeURIComponent(id)}`),
    onSuccess: (job) => {
      rememberJob(client, job);
      return client.invalidateQueries({ queryKey: jobsKey });
    },
  });
}

/** Puts a failed job back into the queue; it stays failed where the same work is under way already. */
export function useRetryJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Job>("POST", `/api/jobs/${encodeURIComponent(id)}/retry`),
    onSuccess: (job) => {
      rememberJob(client, job);
      return client.invalidateQueries({ queryKey: jobsKey });
    },
  });
}
