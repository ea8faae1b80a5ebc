/** Routes and models as a list to pick from. */
import { modelLabel } from "./models";
import { formatCompact } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Model, ModelList } from "@/lib/types";

export interface ModelItem {
  id: string;
  label: string;
  group: string;
  detail: string;
  keywords?: string;
  selected: boolean;
}

/** Routes and chat models as a list to pick from. */
export function modelItems(list: ModelList | undefined, value: string | undefined): ModelItem[] {
  if (!list) return [];
  const routes = list.routes.map((route) => ({
    id: route.name,
    label: route.name,
    group: text.routes.title,
    detail: route.deployments.map((id) => modelLabel(list, id)).join(", "),
    selected: route.name === value,
  }));
  const models = list.models
    .filter((model) => model.capabilities.includes("chat") || !model.language_model)
    .map((model) => ({
      id: model.id,
      label: model.display_name,
      group: model.language_model ? model.provider : text.models.builtIn,
      detail: describe(model),
      keywords: `${model.id} ${model.capabilities.join(" ")}`,
      selected: model.id === value,
    }));
  return [
    ...models.filter((model) => model.group === text.models.builtIn),
    ...routes,
    ...models.filter((model) => model.group !== text.models.builtIn),
  ];
}

function describe(model: Model): string {
  const facts = [
    model.language_model ? undefined : text.models.noLanguageModel,
    model.local && model.language_model ? text.models.local : undefined,
    model.capabilities.includes("vision") ? text.models.capability("vision") : undefined,
    model.context_window ? text.models.contextShort(formatCompact(model.context_window)) : undefined,
    model.prices ? text.models.pricesShort(model.prices.input_usd, model.prices.output_usd) : undefined,
    model.health === "unavailable" || model.health === "degraded" ? text.models.health(model.health) : undefined,
  ];
  return facts.filter(Boolean).join(" · ");
}
