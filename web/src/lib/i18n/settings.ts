/** Words of the settings. */
import { plural } from "./plural";

export const settings = {
  title: "Settings",
  sections: {
    general: "General",
    providers: "Providers",
    tools: "Tool servers",
    conversations: "Conversations",
    appearance: "Appearance",
    advanced: "Advanced",
  },
  saved: "Saved.",
  language: "Language",
  languageHint: "The page begins anew in it. What you write is kept.",
  languageOfBrowser: "As the browser says",
  theme: "Theme",
  themeHint: "“System” follows your computer.",
  themes: { system: "System", light: "Light", dark: "Dark" },
  density: "Density",
  densityHint: "“Compact” shows more at once.",
  densities: { comfortable: "Comfortable", compact: "Compact" },
  textSize: "Size",
  textSizeHint: "Everything grows with it, besides what your browser enlarges.",
  textSizes: { normal: "Normal", large: "Large", larger: "Larger" },
  pictures: "Pictures in messages and comparisons",
  picturesHint:
    "Older ones are deleted once a day, which cannot be undone; their name, their size and all words stay. Conversations with a link keep theirs while the link holds, and the library keeps its documents. After an update nothing goes for as many days.",
  picturesKept: (days: number) => (days === 0 ? "Kept for ever" : `Deleted after ${plural(days, "day", "days")}`),
  picturesFixed: "The configuration file says this.",
  defaultModel: "Model for new conversations",
  defaultModelHint: "Each conversation can choose another.",
  automatic: "Chosen by Familiar",
  systemPrompt: "Instructions for every conversation",
  systemPromptHint: "They precede each conversation, for example how you like to be answered.",
  titles: "Titles written by the model",
  titlesHint: "A small extra call after the first answer. Without it, the first message makes the title.",
  about: "About this installation",
  version: "Version",
  database: "Database",
  dataFolder: "Data folder",
  runningSince: "Running since",
  providersHint: "Companies and programs that serve models. Keys are encrypted on this machine and never shown again.",
  addProvider: "Add a provider",
  editProvider: (name: string) => `Change ${name}`,
  noProviders: "No provider yet",
  noProvidersHint: "Without one, the Librarian answers from your documents. Add a provider to talk to language models.",
  keySource: (source: string) =>
    ({ environment: "Key from the environment", file: "Key from the file", settings: "Key kept here", none: "No key" })[
      source
    ] ?? source,
  modelCount: (count: number) => plural(count, "model", "models"),
  notEditable: (source: string) =>
    source === "environment"
      ? "Comes from the environment; change it there."
      : source === "files"
        ? "Comes from the files in this folder; add and remove them there."
        : "Comes from the configuration file; change it there.",
  test: "Test",
  vendor: "Vendor",
  providerName: "Name",
  providerNameHint: "The first half of its models’ names: small letters, digits, dots and dashes.",
  baseUrl: "Address",
  baseUrlHint: "Leave it empty for the vendor’s usual one.",
  apiKey: "API key",
  apiKeyHint: "From the vendor’s console.",
  apiKeyOptional: "Only if the server asks for one.",
  apiKeyKeep: "Leave it empty to keep the present key.",
  onlyModels: "Only these models",
  onlyModelsHint: "Separated by commas or lines; empty means all that the provider lists.",
  more: "Organisation, proxy, headers and time-outs",
  organisation: "Organisation",
  project: "Project",
  proxy: "Proxy",
  proxyHint: "http, https or socks5; with user:password@ before the host where it asks for them.",
  headers: "Headers sent with every request",
  headersHint: (kept: readonly string[]) =>
    kept.length === 0
      ? "One a line, as Name: value. They are kept encrypted."
      : `Kept: ${kept.join(", ")}. What you write here replaces them.`,
  badHeader: (line: string) => `“${line}” is not a header; write it as Name: value.`,
  forgetHeaders: "Send none of them any more",
  timeOuts: "Time-outs in seconds; empty is the usual one",
  timeOut: {
    connect_ms: "To connect",
    first_byte_ms: "To the head of an answer",
    first_token_ms: "To its first token",
    stall_ms: "Between two pieces",
    total_ms: "To its end",
  },
  saveAndTest: "Save and test",
  orderProviders: "Order of providers",
  orderProvidersHint:
    "Models are listed in this order. Where no model is chosen, Familiar asks the first provider first.",
  providersOrdered: "The order of providers was changed.",
  removedHint: "Its key is deleted. Conversations and the ledger stay.",
  removed: (name: string) => `${name} was removed.`,
} as const;
