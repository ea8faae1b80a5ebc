/** What the address of the templates says. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export interface TemplateSearch extends PageSearch {
  /** Words to find. */
  q?: string | undefined;
}

export function parseTemplateSearch(search: Record<string, unknown>): TemplateSearch {
  const q = search["q"];
  return { ...parsePageSearch(search), q: typeof q === "string" && q !== "" ? q : undefined };
}
