/** Presets of settings, and what personas set. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { ParameterSet, Preset, PresetList } from "@/lib/types";
import { personaPath, personasKey } from "./personas";

const presetsKey = ["presets"] as const;
const path = (id: string) => `/api/presets/${encodeURIComponent(id)}`;

export const presetsQuery = queryOptions({
  queryKey: presetsKey,
  queryFn: async ({ signal }) => (await request<PresetList>("GET", "/api/presets", { signal })).presets,
  staleTime: 30_000,
});

export interface PresetDraft {
  /** Missing makes a new one. */
  id?: string;
  name: string;
  values: ParameterSet;
}

export function useKeepPreset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: PresetDraft) =>
      id === undefined ? request<Preset>("POST", "/api/presets", { body }) : request<Preset>("PUT", path(id), { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: presetsKey }),
  });
}

export function useDeletePreset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", path(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: presetsKey }),
  });
}

export function useRestorePreset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Preset>("POST", `${path(id)}/restore`),
    onSuccess: () => client.invalidateQueries({ queryKey: presetsKey }),
  });
}

export function personaParametersQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "parameters", id],
    queryFn: ({ signal }) => request<ParameterSet>("GET", `${personaPath(id)}/parameters`, { signal }),
    staleTime: 10_000,
  });
}

export function useSetPersonaParameters(id: string) {
  const client = useQueryClient();
  return useMutation({
    scope: { id: `persona-parameters-${id}` },
    mutationFn: (body: ParameterSet) => request<ParameterSet>("PUT", `${personaPath(id)}/parameters`, { body }),
    onSuccess: (set) => {
      client.setQueryData(personaParametersQuery(id).queryKey, set);
      // The persona itself has a new version.
      void client.invalidateQueries({ queryKey: [...personasKey, "one", id] });
    },
  });
}
