/** Words of models. */
import { formatMoney } from "../format";

export const models = {
  title: "Models",
  lead: "Everything that can be asked, with what it can do and what it costs.",
  refresh: "Refresh",
  refreshed: "The list of models is fresh.",
  search: "Search models",
  capabilityFilter: "Capability",
  capabilities: "Capabilities",
  capability: (name: string) =>
    ({
      "": "All capabilities",
      chat: "Chat",
      tools: "Tools",
      vision: "Vision",
      reasoning: "Reasoning",
      structured_output: "Structured output",
      embeddings: "Embeddings",
    })[name] ?? name,
  routes: "Routes",
  builtIn: "Built in",
  default: "Default",
  local: "On this machine",
  noLanguageModel: "No language model",
  health: (state: string) =>
    ({ available: "Available", degraded: "Degraded", unavailable: "Unavailable", unknown: "Not called yet" })[state] ??
    state,
  context: "Context",
  output: "Output",
  price: "Price per million",
  tokens: (count: string) => `${count} tokens`,
  contextShort: (count: string) => `${count} context`,
  free: "Free",
  priceUnknown: "Unknown",
  pricesShort: (input: string, output: string) => `${formatMoney(input)} / ${formatMoney(output)}`,
  pricesLong: (input: string, output: string, cached: string | undefined) =>
    `${formatMoney(input)} in · ${formatMoney(output)} out${cached ? ` · ${formatMoney(cached)} cached` : ""}`,
  source: (source: string, at: string | undefined) => {
    const names: Record<string, string> = {
      discovered: "Asked from the provider",
      catalogue: "From the built-in catalogue",
      configured: "From the configuration",
      built_in: "Part of Familiar",
    };
    return `${names[source] ?? source}${at ? `, ${at}` : ""}`;
  },
  noneFound: "No model matches",
  noneFoundHint: "Change the words or the capability above, or add a provider in the settings.",
} as const;
