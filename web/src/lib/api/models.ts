/** Models and routes a person can ask. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Model, ModelList } from "@/lib/types";

export const modelsKey = ["models"] as const;

export const modelsQuery = queryOptions({
  queryKey: modelsKey,
  queryFn: ({ signal }) => request<ModelList>("GET", "/api/models", { signal }),
  staleTime: 60_000,
});

export function fetchModels(refresh: boolean): Promise<ModelList> {
  return request<ModelList>("GET", "/api/models", { query: refresh ? { refresh: true } : {} });
}

/** The model behind a name: itself, or the first choice of a route. */
export function modelBehind(list: ModelList | undefined, name: string | null | undefined): Model | undefined {
  if (!list || !name) return undefined;
  const route = list.routes.find((entry) => entry.name === name);
  const id = route?.deployments[0] ?? name;
  return list.models.find((model) => model.id === id);
}

/** What people call a model or route; the bare id where it is not in the list any more. */
export function modelLabel(list: ModelList | undefined, name: string | null | undefined): string {
  if (!name) return "";
  const model = list?.models.find((entry) => entry.id === name);
  return model?.display_name ?? name;
}

export function canSee(model: Model | undefined): boolean {
  return model?.capabilities.includes("vision") ?? false;
}
