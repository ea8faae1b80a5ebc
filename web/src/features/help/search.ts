/** What the address of the help says. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export interface HelpSearch extends PageSearch {
  /** A page of the handbook, such as `chat`. */
  page?: string | undefined;
  /** A heading on it, as links name it. */
  section?: string | undefined;
}

export function parseHelpSearch(search: Record<string, unknown>): HelpSearch {
  const { page, section } = search;
  return {
    ...parsePageSearch(search),
    page: typeof page === "string" && page !== "" ? page : undefined,
    section: typeof section === "string" && section !== "" ? section : undefined,
  };
}
