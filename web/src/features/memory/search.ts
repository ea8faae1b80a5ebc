/** What the address of the memory says. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export const VIEWS = ["known", "timeline", "map", "profile", "privacy"] as const;
export type View = (typeof VIEWS)[number];

export interface MemorySearch extends PageSearch {
  view?: View | undefined;
  q?: string | undefined;
  scope?: string | undefined;
  kind?: string | undefined;
  standing?: string | undefined;
}

const words = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value !== "" ? value : undefined;

export function parseMemorySearch(search: Record<string, unknown>): MemorySearch {
  return {
    ...parsePageSearch(search),
    view: VIEWS.find((view) => view === search["view"]),
    q: words(search["q"]),
    scope: words(search["scope"]),
    kind: words(search["kind"]),
    standing: words(search["standing"]),
  };
}
