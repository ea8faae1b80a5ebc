/** What the addresses of comparisons say. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export const PLACES = ["comparisons", "sets", "runs"] as const;
export type Place = (typeof PLACES)[number];

export interface CompareSearch extends PageSearch {
  place?: Place | undefined;
  q?: string | undefined;
  /** Whether the form of a new comparison is open. */
  create?: true | undefined;
}

export const VIEWS = ["answers", "aligned", "words", "figures", "together"] as const;
export type View = (typeof VIEWS)[number];

export interface ComparisonSearch extends PageSearch {
  view?: View | undefined;
  /** The question that is looked at; the last one where none is said. */
  turn?: string | undefined;
}

const words = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value !== "" ? value : undefined;

export function parseCompareSearch(search: Record<string, unknown>): CompareSearch {
  return {
    ...parsePageSearch(search),
    place: PLACES.find((place) => place === search["place"]),
    q: words(search["q"]),
    create: search["create"] === true || undefined,
  };
}

export function parseComparisonSearch(search: Record<string, unknown>): ComparisonSearch {
  return {
    ...parsePageSearch(search),
    view: VIEWS.find((view) => view === search["view"]),
    turn: words(search["turn"]),
  };
}
