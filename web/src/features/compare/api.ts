/** Comparisons and prompt sets at the server. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type {
  BeginComparison,
  CastCompareVote,
  CompareDetail,
  CompareDifference,
  CompareQuestion,
  CompareVote,
  Comparisons,
  NewCompareColumn,
  NewCompareMerge,
  NewSetRun,
  PromptSet,
  PromptSets,
  PutPromptSet,
  SetGrid,
  SetRun,
  SetRunEstimate,
  SetRuns,
} from "@/lib/types";
import { showToast } from "@/ui/toast";
import { isWriting, keepAhead } from "./model";

export const comparisonsKey = ["comparisons"] as const;
const PAGE = 40;
const path = (id: string) => `/api/comparisons/${encodeURIComponent(id)}`;
const setPath = (id: string) => `/api/prompt-sets/${encodeURIComponent(id)}`;
export const runPath = (id: string) => `/api/prompt-runs/${encodeURIComponent(id)}`;

export const reportAddress = (id: string, format: string) => `${path(id)}/report?format=${format}`;

export function comparisonsQuery(q: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...comparisonsKey, "list", q ?? ""],
    queryFn: ({ pageParam, signal }) =>
      request<Comparisons>("GET", "/api/comparisons", { query: { q, limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });
}

const detailKey = (id: string) => [...comparisonsKey, "one", id] as const;

export function comparisonQuery(client: QueryClient, id: string) {
  return queryOptions({
    queryKey: detailKey(id),
    queryFn: async ({ signal }) => {
      const fetched = await request<CompareDetail>("GET", path(id), { signal });
      return keepAhead(client.getQueryData<CompareDetail>(detailKey(id)), fetched);
    },
    refetchOnMount: "always",
    retry: false,
  });
}

export function updateComparison(client: QueryClient, id: string, change: (detail: CompareDetail) => CompareDetail) {
  client.setQueryData<CompareDetail>(detailKey(id), (before) => (before ? change(before) : before));
}

export const refetchComparison = (client: QueryClient, id: string) =>
  client.invalidateQueries({ queryKey: detailKey(id) });

export interface Apart {
  turnId: string;
  base: number;
  spaces: boolean;
  markup: boolean;
  /** The answers by their ids: others are another difference. */
  answers: string;
}

export function differenceQuery(id: string, apart: Apart | undefined) {
  return queryOptions({
    queryKey: [...comparisonsKey, "difference", id, apart],
    queryFn: ({ signal }) =>
      request<CompareDifference>("GET", `${path(id)}/difference`, {
        query: { turn_id: apart?.turnId, base: apart?.base, spaces: apart?.spaces, markup: apart?.markup },
        signal,
      }),
    enabled: apart !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}

/** Keeps what a call answered with, and reads the list again. */
function useKeep() {
  const client = useQueryClient();
  return (detail: CompareDetail) => {
    client.setQueryData<CompareDetail>(detailKey(detail.head.id), (before) => keepAhead(before, detail));
    void client.invalidateQueries({ queryKey: [...comparisonsKey, "list"] });
  };
}

export function useBegin() {
  return useMutation({
    mutationFn: (body: BeginComparison) => request<CompareDetail>("POST", "/api/comparisons", { body }),
    onSuccess: useKeep(),
    meta: { ownError: true },
  });
}

export function useAsk(id: string) {
  return useMutation({
    mutationFn: (body: CompareQuestion) => request<CompareDetail>("POST", `${path(id)}/turns`, { body }),
    onSuccess: useKeep(),
    meta: { ownError: true },
  });
}

export function useAddColumn(id: string) {
  return useMutation({
    mutationFn: (body: NewCompareColumn) => request<CompareDetail>("POST", `${path(id)}/columns`, { body }),
    onSuccess: useKeep(),
  });
}

export function usePatch(id: string) {
  return useMutation({
    mutationFn: (body: { title?: string; order?: string[] }) => request<CompareDetail>("PATCH", path(id), { body }),
    onSuccess: useKeep(),
  });
}

export function useMerge(id: string) {
  return useMutation({
    mutationFn: (body: NewCompareMerge) => request<CompareDetail>("POST", `${path(id)}/merges`, { body }),
    onSuccess: useKeep(),
    meta: { ownError: true },
  });
}

export function useVote(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CastCompareVote) => request<CompareVote>("POST", `${path(id)}/votes`, { body }),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: comparisonsKey }),
        client.invalidateQueries({ queryKey: ["ratings"] }),
      ]);
    },
  });
}

export function useAgain(id: string) {
  return useMutation({
    mutationFn: (answerId: string) =>
      request<CompareDetail>("POST", `${path(id)}/answers/${encodeURIComponent(answerId)}/again`, { body: {} }),
    onSuccess: useKeep(),
  });
}

export function useStop(id: string) {
  return useMutation({
    mutationFn: (answerId: string | undefined) =>
      request<unknown>(
        "POST",
        answerId === undefined ? `${path(id)}/stop` : `${path(id)}/answers/${encodeURIComponent(answerId)}/stop`,
      ),
  });
}

/** Deletes a comparison; a message offers to bring it back. */
export function useRemove() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: [...comparisonsKey, "list"] });
  const restore = useMutation({
    mutationFn: (id: string) => request<unknown>("POST", `${path(id)}/restore`, { body: {} }),
    onSuccess: refresh,
  });
  return useMutation({
    mutationFn: ({ id }: { id: string; title: string }) => request<unknown>("DELETE", path(id)),
    onSuccess: async (_, { id, title }) => {
      showToast({
        text: text.compare.removed(title),
        action: { label: text.common.undo, run: () => restore.mutate(id) },
      });
      await refresh();
    },
  });
}

export const canAsk = (detail: CompareDetail) => !isWriting(detail);

export const setsQuery = queryOptions({
  queryKey: ["prompt-sets"],
  queryFn: ({ signal }) => request<PromptSets>("GET", "/api/prompt-sets", { signal }),
  refetchOnMount: "always",
});

export const runsQuery = queryOptions({
  queryKey: ["prompt-runs"],
  queryFn: ({ signal }) => request<SetRuns>("GET", "/api/prompt-runs", { signal }),
  refetchOnMount: "always",
  refetchInterval: (query) => (query.state.data?.runs.some((run) => run.state === "running") ? 1_500 : false),
});

export function gridQuery(id: string) {
  return queryOptions({
    queryKey: ["prompt-runs", id],
    queryFn: ({ signal }) => request<SetGrid>("GET", runPath(id), { signal }),
    refetchOnMount: "always",
    refetchInterval: (query) => (query.state.data?.run.state === "running" ? 1_000 : false),
    retry: false,
  });
}

export function usePutSet(id: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PutPromptSet) =>
      id === undefined
        ? request<PromptSet>("POST", "/api/prompt-sets", { body })
        : request<PromptSet>("PUT", setPath(id), { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: setsQuery.queryKey }),
    meta: { ownError: true },
  });
}

export function useRemoveSet() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("DELETE", setPath(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: setsQuery.queryKey }),
  });
}

export function estimateQuery(setId: string, run: NewSetRun | undefined) {
  return queryOptions({
    queryKey: ["prompt-sets", setId, "estimate", run],
    queryFn: ({ signal }) => request<SetRunEstimate>("POST", `${setPath(setId)}/estimate`, { body: run, signal }),
    enabled: run !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useRun(setId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSetRun) => request<SetRun>("POST", `${setPath(setId)}/runs`, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: runsQuery.queryKey }),
    meta: { ownError: true },
  });
}

export function useResume(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<SetRun>("POST", `${runPath(runId)}/resume`, { body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: runsQuery.queryKey }),
  });
}

export function useCancelRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (jobId: string) => request<unknown>("DELETE", `/api/jobs/${encodeURIComponent(jobId)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: runsQuery.queryKey }),
  });
}
