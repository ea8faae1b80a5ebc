/** What is known of the person, as several parts of the page show it. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { request } from "@/lib/client";
import type {
  AddedFacts,
  ChangeList,
  ConversationRecap,
  EditFact,
  Fact,
  FactDetail,
  FactList,
  MemoryErased,
  MemoryMap,
  MemoryProfile,
  RecalledFacts,
  ScopeList,
} from "@/lib/types";

export const memoryKey = ["memory"] as const;
const factPath = (id: string) => `/api/memory/facts/${encodeURIComponent(id)}`;
const conversationPath = (id: string) => `/api/conversations/${encodeURIComponent(id)}`;
export const exportAddress = "/api/memory/export";

export interface FactFilter {
  q?: string | undefined;
  scope?: string | undefined;
  kind?: string | undefined;
  subject?: string | undefined;
  standing?: string | undefined;
}

export function factsQuery(filter: FactFilter) {
  return infiniteQueryOptions({
    queryKey: [...memoryKey, "facts", filter],
    queryFn: ({ pageParam, signal }) =>
      request<FactList>("GET", "/api/memory/facts", { query: { ...filter, limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function factQuery(id: string) {
  return queryOptions({
    queryKey: [...memoryKey, "fact", id],
    queryFn: ({ signal }) => request<FactDetail>("GET", factPath(id), { signal }),
  });
}

export const scopesQuery = queryOptions({
  queryKey: [...memoryKey, "scopes"],
  queryFn: ({ signal }) => request<ScopeList>("GET", "/api/memory/scopes", { signal }),
});

export const changesQuery = infiniteQueryOptions({
  queryKey: [...memoryKey, "changes"],
  queryFn: ({ pageParam, signal }) =>
    request<ChangeList>("GET", "/api/memory/changes", { query: { limit: 60, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
});

export function profileQuery(scope: string) {
  return queryOptions({
    queryKey: [...memoryKey, "profile", scope],
    queryFn: ({ signal }) => request<MemoryProfile>("GET", "/api/memory/profile", { query: { scope }, signal }),
  });
}

export function mapQuery(scope: string) {
  return queryOptions({
    queryKey: [...memoryKey, "map", scope],
    queryFn: ({ signal }) => request<MemoryMap>("GET", "/api/memory/map", { query: { scope }, signal }),
  });
}

/** What an answer was told, as it is now. */
export function rememberedQuery(conversationId: string, messageId: string) {
  return queryOptions({
    queryKey: [...memoryKey, "remembered", conversationId, messageId],
    queryFn: ({ signal }) =>
      request<RecalledFacts>(
        "GET",
        `${conversationPath(conversationId)}/messages/${encodeURIComponent(messageId)}/remembered`,
        { signal },
      ),
  });
}

export function recapQuery(conversationId: string) {
  return queryOptions({
    queryKey: [...memoryKey, "recap", conversationId],
    queryFn: ({ signal }) => request<ConversationRecap>("GET", `${conversationPath(conversationId)}/recap`, { signal }),
  });
}

/** Changes something of the memory; everything that shows it is fetched anew. */
function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: memoryKey }) });
}

export const useAddFact = () =>
  useChange((body: { text: string; scope: string }) => request<AddedFacts>("POST", "/api/memory/facts", { body }));
export const useEditFact = () =>
  useChange(({ id, edit }: { id: string; edit: EditFact }) => request<Fact>("PUT", factPath(id), { body: edit }));
export const useStrikeFact = () =>
  useChange(({ id, struck }: { id: string; struck: boolean }) =>
    request<Fact>("POST", `${factPath(id)}/strike`, { body: { struck } }),
  );
export const useForgetFact = () => useChange((id: string) => request<void>("DELETE", factPath(id)));
export const useRestoreFact = () => useChange((id: string) => request<Fact>("POST", `${factPath(id)}/restore`));
export const useErase = () => useChange(() => request<MemoryErased>("DELETE", "/api/memory"));
