/** Personas as several parts of the page show them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { KeptPersona, PersonaList, PersonaSummary } from "@/lib/types";

export const personasKey = ["personas"] as const;
export const personaPath = (id: string) => `/api/personas/${encodeURIComponent(id)}`;
const PAGE = 120;

export interface PersonaFilter {
  q?: string | undefined;
  kind?: string | undefined;
}

export function personasQuery(filter: PersonaFilter) {
  return infiniteQueryOptions({
    queryKey: [...personasKey, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      request<PersonaList>("GET", "/api/personas", {
        query: { q: filter.q, kind: filter.kind, limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function personaQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "one", id],
    queryFn: ({ signal }) => request<KeptPersona>("GET", personaPath(id), { signal }),
    staleTime: 10_000,
  });
}

/** Where the picture is: an address that changes with it, so that browsers may keep it for good. */
export function pictureAddress(persona: Pick<PersonaSummary, "id" | "picture">): string | undefined {
  return persona.picture ? `${personaPath(persona.id)}/picture?of=${persona.picture}` : undefined;
}
