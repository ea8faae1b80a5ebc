/** Which models are shown, and in what order: pure, and kept in the address. */
import { toDollars } from "@/lib/money";
import { parsePageSearch, type PageSearch } from "@/lib/passage";
import type { DeploymentHealth, Model } from "@/lib/types";

export const CAPABILITIES = [
  "chat",
  "tools",
  "vision",
  "reasoning",
  "structured_output",
  "embeddings",
  "speech",
  "transcription",
] as const;
export const STATES = ["available", "degraded", "rate_limited", "quota_exceeded", "unavailable", "unknown"] as const;
/** Most dollars per million tokens written. */
export const PRICE_LIMITS = ["0", "1", "5", "20"] as const;
export const SORTS = ["provider", "name", "price", "context", "speed", "uptime", "released"] as const;
export type Sort = (typeof SORTS)[number];

export interface ModelFilter {
  q?: string | undefined;
  provider?: string | undefined;
  capability?: string | undefined;
  health?: string | undefined;
  price?: string | undefined;
  sort?: Sort | undefined;
}

export interface ModelSearch extends PageSearch, ModelFilter {
  /** The model whose figures are open. */
  open?: string | undefined;
}

export function parseModelSearch(search: Record<string, unknown>): ModelSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value.trim() !== "" ? value : undefined;
  };
  const one = <T extends string>(name: string, values: readonly T[]) =>
    values.find((value) => value === String(search[name]));
  return {
    ...parsePageSearch(search),
    q: text("q"),
    provider: text("provider"),
    capability: one("capability", CAPABILITIES),
    health: one("health", STATES),
    price: one("price", PRICE_LIMITS),
    sort: one("sort", SORTS),
    open: text("open"),
  };
}

/** A model and how it is doing. */
export interface Entry {
  model: Model;
  health: DeploymentHealth | undefined;
}

export function entriesOf(models: readonly Model[], health: readonly DeploymentHealth[]): Entry[] {
  const byId = new Map(health.map((entry) => [entry.id, entry]));
  return models.map((model) => ({ model, health: byId.get(model.id) }));
}

/** The state as the figures say, or as the list of models does where there are none. */
export function stateOf({ model, health }: Entry): string {
  return health?.state ?? model.health;
}

/** Dollars per million tokens written; nothing where nobody knows. */
export function priceOf({ model }: Entry): number | undefined {
  if (model.prices) return toDollars(model.prices.output_usd) || toDollars(model.prices.input_usd);
  return model.local || !model.language_model ? 0 : undefined;
}

export function shown(entries: readonly Entry[], filter: ModelFilter): Entry[] {
  const words = (filter.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const most = filter.price === undefined ? undefined : Number(filter.price);
  const matching = entries.filter((entry) => {
    const { model } = entry;
    const haystack = `${model.id} ${model.display_name}`.toLowerCase();
    const price = priceOf(entry);
    return (
      words.every((word) => haystack.includes(word)) &&
      (filter.provider === undefined || model.provider === filter.provider) &&
      (filter.capability === undefined || model.capabilities.includes(filter.capability)) &&
      (filter.health === undefined || stateOf(entry) === filter.health) &&
      (most === undefined || (price !== undefined && price <= most))
    );
  });
  return sorted(matching, filter.sort ?? "provider");
}

/** What is not known comes last, whatever the order. */
function sorted(entries: readonly Entry[], sort: Sort): Entry[] {
  const by = (value: (entry: Entry) => number | undefined, down = false) =>
    entries.toSorted((one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return down ? b - a : a - b;
    });
  switch (sort) {
    case "provider":
      return [...entries];
    case "name":
      return entries.toSorted((one, other) =>
        one.model.display_name.localeCompare(other.model.display_name, "en", { numeric: true, sensitivity: "base" }),
      );
    case "price":
      return by(priceOf);
    case "context":
      return by(({ model }) => model.context_window ?? undefined, true);
    case "speed":
      return by(({ health }) => health?.first_token_ms.p50 || undefined);
    case "uptime":
      return by(({ health }) => health?.uptime_percent ?? undefined, true);
    case "released":
      return by(({ model }) => (model.released_on ? Date.parse(model.released_on) : undefined), true);
  }
}
