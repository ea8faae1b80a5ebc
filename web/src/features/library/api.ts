/** The library: search, passages, and what a person can do with documents. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { documentsKey, rememberDocument } from "@/lib/api/documents";
import { statusQuery } from "@/lib/api/status";
import { request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type {
  BookmarkList,
  CorrectDocument,
  Document,
  DocumentTagsList,
  EntryChange,
  EntryDetail,
  Job,
  LibraryTagList,
  PassageView,
  SearchReport,
  SearchResult,
  SimilarPassages,
  SynonymLists,
} from "@/lib/types";
import { showToast } from "@/ui/toast";
import type { TagChange } from "@/ui/tags-dialog";
import type { ChipSwitches } from "./chip-switches";
import { type Choice, searchOf } from "./choice";
import type { Mode, Order } from "./mode";

const path = (id: string) => `/api/library/documents/${encodeURIComponent(id)}`;
const HITS = 20;

export function originalAddress(document: Document, page?: number | null): string {
  return `${path(document.id)}/file${page ? `#page=${page}` : ""}`;
}

/** How searches of the last days went. */
export const searchReportQuery = queryOptions({
  queryKey: ["library", "searches"],
  queryFn: ({ signal }) => request<SearchReport>("GET", "/api/library/searches", { signal }),
  staleTime: 0,
});

export function useForgetSearches() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", "/api/library/searches"),
    onSuccess: () => client.invalidateQueries({ queryKey: searchReportQuery.queryKey }),
    meta: { ownError: true },
  });
}

/** Tells what was opened of a search; nobody waits for it, and it may fail. */
export function tellOpened(searchId: string, chunkId: string, place: number): void {
  const address = `/api/library/searches/${encodeURIComponent(searchId)}/opened`;
  void request<void>("POST", address, { body: { chunk_id: chunkId, place } }).catch(() => undefined);
}

/** Words that mean the same. */
export const synonymsQuery = queryOptions({
  queryKey: ["library", "synonyms"],
  queryFn: ({ signal }) => request<SynonymLists>("GET", "/api/library/synonyms", { signal }),
});

export function useSaveSynonyms() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (own: string) => request<void>("PUT", "/api/library/synonyms", { body: { own } }),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: synonymsQuery.queryKey }),
        client.invalidateQueries({ queryKey: ["search"] }),
      ]);
    },
    meta: { ownError: true },
  });
}

export interface Search {
  q: string;
  mode: Mode;
  order: Order;
  choice: Choice;
  switches: ChipSwitches;
}

export function searchQuery({ q, mode, order, choice, switches }: Search) {
  const { off, on } = switches;
  const chosen = Object.fromEntries(Object.entries(searchOf(choice)).filter(([, value]) => value !== undefined));
  return infiniteQueryOptions({
    queryKey: ["search", q, mode, order, off, on, chosen],
    queryFn: ({ pageParam, signal }) =>
      request<SearchResult>("GET", "/api/library/search", {
        query: {
          q,
          limit: HITS,
          offset: pageParam,
          mode,
          order,
          facets: true,
          ...(off.length > 0 ? { off: off.join(",") } : {}),
          ...(on.length > 0 ? { on: on.join(",") } : {}),
          ...chosen,
        },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.hits.length, 0);
      return last.hits.length > 0 && shown < last.total ? shown : undefined;
    },
    placeholderData: keepPreviousData,
  });
}

/** An entry with all fields of its kind. */
export function entryQuery(id: string) {
  return queryOptions({
    queryKey: ["entry", id],
    queryFn: ({ signal }) => request<EntryDetail>("GET", entryPath(id), { signal }),
  });
}

const entryPath = (id: string) => `/api/library/entries/${encodeURIComponent(id)}`;

export function useCorrectEntry(id: string) {
  const remember = useRememberEntry();
  return useMutation({
    mutationFn: (change: EntryChange) => request<EntryDetail>("PATCH", entryPath(id), { body: change }),
    onSuccess: remember,
    meta: { ownError: true },
  });
}

export function useUncorrectEntry() {
  const remember = useRememberEntry();
  return useMutation({
    mutationFn: (id: string) => request<EntryDetail>("DELETE", `${entryPath(id)}/correction`),
    onSuccess: remember,
    meta: { ownError: true },
  });
}

function useRememberEntry() {
  const client = useQueryClient();
  return async (detail: EntryDetail) => {
    client.setQueryData(entryQuery(detail.entry.id).queryKey, detail);
    await client.invalidateQueries({ queryKey: ["search"] });
  };
}

export function passageQuery(chunkId: string) {
  return queryOptions({
    queryKey: ["passage", chunkId],
    queryFn: ({ signal }) =>
      request<PassageView>("GET", `/api/library/passages/${encodeURIComponent(chunkId)}`, { signal }),
    staleTime: 300_000,
  });
}

/** More passages like one. */
export function similarQuery(chunkId: string) {
  return queryOptions({
    // What is found changes with the documents, as searches do.
    queryKey: ["search", "similar", chunkId],
    queryFn: ({ signal }) =>
      request<SimilarPassages>("GET", `/api/library/passages/${encodeURIComponent(chunkId)}/similar`, { signal }),
  });
}

/** The passages that were kept. */
export const bookmarksQuery = queryOptions({
  queryKey: ["library", "bookmarks"],
  queryFn: ({ signal }) => request<BookmarkList>("GET", "/api/library/bookmarks", { signal }),
});

/** Keeps a passage, or forgets it. */
export function useBookmark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ chunkId, keep }: { chunkId: string; keep: boolean }) =>
      request<void>(keep ? "PUT" : "DELETE", `/api/library/bookmarks/${encodeURIComponent(chunkId)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: bookmarksQuery.queryKey }),
  });
}

export function useDeleteDocument() {
  const refresh = useRefreshLibrary();
  return useMutation({ mutationFn: (id: string) => request<void>("DELETE", path(id)), onSuccess: refresh });
}

export function useRestoreDocument() {
  const refresh = useRefreshLibrary();
  return useMutation({
    mutationFn: (id: string) => request<Document>("POST", `${path(id)}/restore`),
    onSuccess: refresh,
  });
}

export function useReprocess() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Document>("POST", `${path(id)}/reprocess`),
    onSuccess: (document) => rememberDocument(client, document),
  });
}

/** Says what kind of document it is; `null` takes that back. */
export function useChooseKind(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (kind: string | null) => request<Document>("PUT", `${path(id)}/kind`, { body: { kind } }),
    onSuccess: async (document) => {
      rememberDocument(client, document);
      await client.invalidateQueries({ queryKey: ["search"] });
    },
    meta: { ownError: true },
  });
}

/** Puts right what a document says of itself; `null` takes that back, an empty text says that there is none. */
export function useCorrectDocument(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (fields: CorrectDocument["fields"]) =>
      request<Document>("PATCH", path(id), { body: { fields } satisfies CorrectDocument }),
    onSuccess: async (document) => {
      rememberDocument(client, document);
      await client.invalidateQueries({ queryKey: ["search"] });
    },
    meta: { ownError: true },
  });
}

const TAGS = "/api/library/tags";

/** The tags that documents have. */
export const tagsQuery = queryOptions({
  queryKey: ["library", "tags"],
  queryFn: ({ signal }) => request<LibraryTagList>("GET", TAGS, { signal }),
});

/** Gives tags to documents and takes tags from them; a message offers to take it back. */
export function useTagDocuments() {
  const client = useQueryClient();
  const refresh = async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: documentsKey }),
      client.invalidateQueries({ queryKey: tagsQuery.queryKey }),
      client.invalidateQueries({ queryKey: ["search"] }),
    ]);
  };
  const putBack = useMutation({
    mutationFn: (before: DocumentTagsList) => request<DocumentTagsList>("PUT", TAGS, { body: before }),
    onSuccess: refresh,
  });
  return useMutation({
    mutationFn: (change: TagChange & { ids: string[] }) => request<DocumentTagsList>("POST", TAGS, { body: change }),
    onSuccess: async (before) => {
      showToast({
        text: text.documents.tagged(before.documents.length),
        action: { label: text.common.undo, run: () => putBack.mutate(before) },
      });
      await refresh();
    },
  });
}

export function useCancelJob() {
  const refresh = useRefreshLibrary();
  return useMutation({
    mutationFn: (jobId: string) => request<Job>("DELETE", `/api/jobs/${encodeURIComponent(jobId)}`),
    onSuccess: refresh,
  });
}

function useRefreshLibrary() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: documentsKey }),
      client.invalidateQueries({ queryKey: tagsQuery.queryKey }),
      client.invalidateQueries({ queryKey: statusQuery.queryKey }),
      client.invalidateQueries({ queryKey: ["search"] }),
    ]);
  };
}
