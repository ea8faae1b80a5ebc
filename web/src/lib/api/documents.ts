/** Documents of the library, as chat (to ground an answer) and the library itself need them. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Document, DocumentList } from "@/lib/types";

export const documentsKey = ["documents"] as const;

export interface DocumentFilter {
  q?: string | undefined;
  status?: string | undefined;
  tag?: string | undefined;
  /** `-added`, `title` and so on, as the API says. */
  sort?: string | undefined;
}

const PAGE = 100;

export function documentsQuery(filter: DocumentFilter) {
  return infiniteQueryOptions({
    queryKey: [...documentsKey, filter],
    queryFn: ({ pageParam, signal }) =>
      request<DocumentList>("GET", "/api/library/documents", {
        query: { ...filter, limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** Puts a document as it stands now into every list that shows it; `false` if none does. */
export function patchDocument(client: QueryClient, document: Document): boolean {
  let found = false;
  client.setQueriesData<InfiniteData<DocumentList, string | undefined>>({ queryKey: documentsKey }, (data) => {
    if (!data) return data;
    return {
      ...data,
      pages: data.pages.map((page) => {
        if (!page.documents.some((entry) => entry.id === document.id)) return page;
        found = true;
        return { ...page, documents: page.documents.map((entry) => (entry.id === document.id ? document : entry)) };
      }),
    };
  });
  return found;
}

export function documentQuery(id: string) {
  return queryOptions({
    queryKey: ["document", id],
    queryFn: ({ signal }) => request<Document>("GET", `/api/library/documents/${encodeURIComponent(id)}`, { signal }),
    // Events tell of every step; this only makes good for a lost one.
    refetchInterval: ({ state }) => (state.data && isSettled(state.data) ? false : 3_000),
  });
}

export function isSettled(document: Document): boolean {
  return document.status === "ready" || document.status === "failed";
}

/** Takes a document as an event has it. */
export function rememberDocument(client: QueryClient, document: Document): void {
  client.setQueryData(documentQuery(document.id).queryKey, document);
  if (!patchDocument(client, document)) void client.invalidateQueries({ queryKey: documentsKey });
}
