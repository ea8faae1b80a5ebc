/** What the address of the gallery says. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export interface PersonaSearch extends PageSearch {
  q?: string | undefined;
  kind?: "character" | "user" | undefined;
}

export function parsePersonaSearch(search: Record<string, unknown>): PersonaSearch {
  const { q, kind } = search;
  return {
    ...parsePageSearch(search),
    q: typeof q === "number" ? String(q) : typeof q === "string" && q !== "" ? q : undefined,
    kind: kind === "character" || kind === "user" ? kind : undefined,
  };
}
