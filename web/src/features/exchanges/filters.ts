/** What is searched for in the ledger, and its place in the address. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

/** Filters that hold a text. */
export const TEXT_FILTERS = ["q", "model", "provider", "key", "route", "operation", "tag"] as const;
export type TextFilter = (typeof TEXT_FILTERS)[number];

export const OUTCOMES = ["ok", "failed", "cancelled", "interrupted"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const OPERATIONS = [
  "chat",
  "embeddings",
  "speech",
  "transcription",
  "audio_translation",
  "count_tokens",
] as const;

export type ExchangeFilter = Partial<Record<TextFilter, string | undefined>> & {
  outcome?: Outcome | undefined;
  /** Days in UTC, `2026-11-21`, both included. */
  from?: string | undefined;
  to?: string | undefined;
};

export interface ExchangeSearch extends PageSearch, ExchangeFilter {
  /** The exchange that is open. */
  open?: string | undefined;
  /** Whether the dialog for what is kept is open. */
  keeping?: boolean | undefined;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads the address; what makes no sense is left out. */
export function parseExchangeSearch(search: Record<string, unknown>): ExchangeSearch {
  const parsed: ExchangeSearch = { ...parsePageSearch(search) };
  for (const name of TEXT_FILTERS) parsed[name] = words(search[name]);
  parsed.outcome = OUTCOMES.find((outcome) => outcome === search["outcome"]);
  parsed.from = day(search["from"]);
  parsed.to = day(search["to"]);
  parsed.open = words(search["open"]);
  parsed.keeping = search["keeping"] === true || search["keeping"] === "true" || undefined;
  return parsed;
}

/** The filters alone, in one order, without those that say nothing. */
export function filterOf(search: ExchangeSearch): ExchangeFilter {
  const filter: ExchangeFilter = {};
  for (const name of TEXT_FILTERS) if (search[name]) filter[name] = search[name];
  if (search.outcome) filter.outcome = search.outcome;
  if (search.from) filter.from = search.from;
  if (search.to) filter.to = search.to;
  return filter;
}

/** Whether anything is filtered at all. */
export function isFiltered(filter: ExchangeFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** The address without any filter; what else it says stays. */
export function withoutFilters(search: ExchangeSearch): ExchangeSearch {
  return { passage: search.passage, open: search.open, keeping: search.keeping };
}

/** As the API's parameters: the end is the first moment that does not count any more. */
export function apiQuery(filter: ExchangeFilter): Record<string, string | undefined> {
  const { from, to, ...rest } = filter;
  return {
    ...rest,
    from: from ? `${from}T00:00:00Z` : undefined,
    to: to ? new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString() : undefined,
  };
}

function words(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function day(value: unknown): string | undefined {
  return typeof value === "string" && DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}
