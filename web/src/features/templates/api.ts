/** What a person does with templates. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { templatePath, templateQuery, templatesKey } from "@/lib/api/templates";
import { address, request, send } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { KeptTemplate, PromptTemplate, TemplateHistory, TemplateImport } from "@/lib/types";
import { showToast } from "@/ui/toast";

export const FORMS = ["familiar", "open-webui"] as const;
export type Form = (typeof FORMS)[number];

export function exportAddress(form: Form, ids: readonly string[] = []): string {
  return address("/api/templates/export", { form, ids: ids.join(",") });
}

export function historyQuery(id: string) {
  return queryOptions({
    queryKey: [...templatesKey, "history", id],
    queryFn: async ({ signal }) =>
      (await request<TemplateHistory>("GET", `${templatePath(id)}/history`, { signal })).versions,
    staleTime: 0,
  });
}

/** A version never changes. */
export function versionQuery(id: string, version: number) {
  return queryOptions({
    queryKey: [...templatesKey, "version", id, version],
    queryFn: ({ signal }) => request<PromptTemplate>("GET", `${templatePath(id)}/history/${version}`, { signal }),
    staleTime: Infinity,
  });
}

/** Remembers a template that the server gave, and has lists fetched anew. */
function useRemember() {
  const client = useQueryClient();
  return (kept: KeptTemplate) => {
    client.setQueryData(templateQuery(kept.id).queryKey, kept);
    void client.invalidateQueries({ queryKey: [...templatesKey, "list"] });
    void client.invalidateQueries({ queryKey: [...templatesKey, "history", kept.id] });
  };
}

/** Keeps a new template, or a new version of one. */
export function useSaveTemplate() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: ({ kept, template }: { kept?: KeptTemplate | undefined; template: PromptTemplate }) =>
      kept
        ? request<KeptTemplate>("PUT", templatePath(kept.id), { body: { version: kept.version, template } })
        : request<KeptTemplate>("POST", "/api/templates", { body: template }),
    onSuccess,
    meta: { ownError: true },
  });
}

export function useRollBackTemplate(id: string) {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (body: { version: number; expected: number }) =>
      request<KeptTemplate>("POST", `${templatePath(id)}/rollback`, { body }),
    onSuccess,
  });
}

export function useDuplicateTemplate() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (id: string) => request<KeptTemplate>("POST", `${templatePath(id)}/duplicate`),
    onSuccess,
  });
}

/** Deletes a template; a message offers to bring it back. */
export function useDeleteTemplate() {
  const client = useQueryClient();
  const restore = useRestoreTemplate();
  return useMutation({
    mutationFn: ({ id }: { id: string; title: string }) => request<void>("DELETE", templatePath(id)),
    onSuccess: async (_, { id, title }) => {
      showToast({
        text: text.templates.deleted(title),
        action: { label: text.common.undo, run: () => restore.mutate(id) },
      });
      await client.invalidateQueries({ queryKey: [...templatesKey, "list"] });
    },
  });
}

function useRestoreTemplate() {
  const onSuccess = useRemember();
  return useMutation({
    mutationFn: (id: string) => request<KeptTemplate>("POST", `${templatePath(id)}/restore`),
    onSuccess,
  });
}

/** Takes a file in, or says what would come of it. */
export function useImportTemplates() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, dryRun }: { file: Blob; dryRun: boolean }) =>
      send<TemplateImport>("POST", address("/api/templates/import", dryRun ? { dry_run: true } : {}), file),
    onSuccess: () => client.invalidateQueries({ queryKey: [...templatesKey, "list"] }),
    meta: { ownError: true },
  });
}
