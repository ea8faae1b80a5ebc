/** What a person does with personas. */
import { queryOptions, keepPreviousData, useMutation, useQueryClient } from "@tanstack/react-query";
import { personaPath, personaQuery, personasKey } from "@/lib/api/personas";
import { address, request, send } from "@/lib/client";
import type {
  KeptPersona,
  Lorebook,
  Persona,
  PersonaHistory,
  PersonaImport,
  PersonaPreview,
  PersonaStatistics,
  PersonaTemplate,
  PreviewMessage,
  SuggestedTraits,
} from "@/lib/types";

/** Where all personas of a search come from, as one archive. */
export function exportAllAddress(form: string, filter: { q?: string | undefined; kind?: string | undefined }): string {
  return address("/api/personas/export", { form, q: filter.q, kind: filter.kind });
}

export function exportAddress(id: string, form: string): string {
  return `${personaPath(id)}/export?form=${form}`;
}

/** Personas to begin with. */
export const templatesQuery = queryOptions({
  queryKey: [...personasKey, "templates"],
  queryFn: ({ signal }) => request<{ templates: PersonaTemplate[] }>("GET", "/api/personas/templates", { signal }),
  staleTime: Infinity,
});

/** What is to be said of a persona as it stands in the form. */
export function checkQuery(persona: Persona, model: string | undefined) {
  return queryOptions({
    queryKey: ["persona-check", persona, model],
    queryFn: ({ signal }) => request<PersonaPreview>("POST", "/api/personas/preview", { body: { persona }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });
}

export function historyQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "history", id],
    queryFn: ({ signal }) => request<PersonaHistory>("GET", `${personaPath(id)}/history`, { signal }),
  });
}

export function statisticsQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "statistics", id],
    queryFn: ({ signal }) => request<PersonaStatistics>("GET", `${personaPath(id)}/statistics`, { signal }),
  });
}

/** Remembers a persona that the server gave, and has lists fetched anew. */
function useRemember() {
  const client = useQueryClient();
  return (kept: KeptPersona) => {
    client.setQueryData(personaQuery(kept.id).queryKey, kept);
    void client.invalidateQueries({ queryKey: [...personasKey, "list"] });
    void client.invalidateQueries({ queryKey: [...personasKey, "history", kept.id] });
  };
}

export function useCreatePersona() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (persona: Persona) => request<KeptPersona>("POST", "/api/personas", { body: { persona } }),
    onSuccess,
  });
}

export function useSavePersona(id: string) {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (change: { version: number; persona: Persona }) =>
      request<KeptPersona>("PUT", personaPath(id), { body: change }),
    onSuccess,
    meta: { ownError: true },
  });
}

export function useDuplicatePersona() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (id: string) => request<KeptPersona>("POST", `${personaPath(id)}/duplicate`),
    onSuccess,
  });
}

export function useDeletePersona() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", personaPath(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: personasKey }),
  });
}

export function useRestorePersona() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (id: string) => request<KeptPersona>("POST", `${personaPath(id)}/restore`),
    onSuccess,
  });
}

export function useRollBack(id: string) {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (versions: { version: number; expected: number }) =>
      request<KeptPersona>("POST", `${personaPath(id)}/rollback`, { body: versions }),
    onSuccess,
  });
}

export function useSetPicture(id: string) {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: ({ version, picture }: { version: number; picture: Blob | undefined }) => {
      const path = address(`${personaPath(id)}/picture`, { version });
      return picture ? send<KeptPersona>("PUT", path, picture) : request<KeptPersona>("DELETE", path);
    },
    onSuccess,
  });
}

export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ files, dryRun }: { files: readonly File[]; dryRun: boolean }) => {
      const form = new FormData();
      for (const file of files) form.append("file", file, file.name);
      return send<PersonaImport>("POST", address("/api/personas/import", { dry_run: dryRun }), form);
    },
    onSuccess: (_, { dryRun }) => (dryRun ? undefined : client.invalidateQueries({ queryKey: personasKey })),
  });
}

export function useReadLorebook() {
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file, file.name);
      return send<Lorebook>("POST", "/api/personas/lorebook", form);
    },
  });
}

export function usePreview() {
  return useMutation({
    mutationFn: (body: { persona: Persona; messages: PreviewMessage[]; model: string }) =>
      request<PersonaPreview>("POST", "/api/personas/preview", { body }),
    meta: { ownError: true },
  });
}

export function useSuggestTraits() {
  return useMutation({
    mutationFn: (body: { persona: Persona; model?: string }) =>
      request<SuggestedTraits>("POST", "/api/personas/traits", { body }),
  });
}
