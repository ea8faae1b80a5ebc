/** Prompt templates as several parts of the page use them: the list, one of them, and what it becomes. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { KeptTemplate, RenderedTemplate, TemplateList } from "@/lib/types";

export const templatesKey = ["templates"] as const;
export const templatePath = (id: string) => `/api/templates/${encodeURIComponent(id)}`;

export function templatesQuery(q = "") {
  return queryOptions({
    queryKey: [...templatesKey, "list", q],
    queryFn: async ({ signal }) =>
      (await request<TemplateList>("GET", "/api/templates", { query: { q }, signal })).templates,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

export function templateQuery(id: string) {
  return queryOptions({
    queryKey: [...templatesKey, "one", id],
    queryFn: ({ signal }) => request<KeptTemplate>("GET", templatePath(id), { signal }),
    staleTime: 10_000,
  });
}

export type Values = Record<string, string>;

/** What a text becomes with these values; also what is wrong with it. */
export function renderTemplate(text: string, values: Values, signal?: AbortSignal): Promise<RenderedTemplate> {
  const body = { text, values };
  return request<RenderedTemplate>("POST", "/api/templates/render", signal ? { body, signal } : { body });
}

export function renderedQuery(text: string, values: Values) {
  return queryOptions({
    queryKey: [...templatesKey, "rendered", text, values],
    queryFn: ({ signal }) => renderTemplate(text, values, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 30_000,
  });
}
