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

/** All models that a name may stand for: a route's, the model itself, or any that chats for the route that nobody configured. */
export function modelsBehind(list: ModelList | undefined, name: string | null | undefined): readonly Model[] {
  if (!list || !name) return [];
  const route = list.routes.find((entry) => entry.name === name);
  if (route) return list.models.filter((model) => route.deployments.includes(model.id));
  const itself = list.models.filter((model) => model.id === name);
  return itself.length > 0 ? itself : list.models.filter((model) => model.capabilities.includes("chat"));
}

function can(capability: string): (list: ModelList | undefined, name: string | null | undefined) => boolean {
  return (list, name) => modelsBehind(list, name).some((model) => model.capabilities.includes(capability));
}

/** What people call a model or route; the bare id where it is not in the list any more. */
export function modelLabel(list: ModelList | undefined, name: string | null | undefined): string {
  if (!name) return "";
  const model = list?.models.find((entry) => entry.id === name);
  return model?.display_name ?? name;
}

/** Whether a model calls tools, as far as its provider says; of a route, whether any of its models does. */
export const canCallTools = can("tools");

/** The same for looking at pictures. */
export const canSee = can("vision");
