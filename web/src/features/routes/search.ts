/** What the address of the routes says. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export interface RouteSearch extends PageSearch {
  /** The route whose form is open. */
  edit?: string | undefined;
  /** Whether the form of a new route is open. */
  create?: boolean | undefined;
  /** What is tried. */
  try?: string | undefined;
}

export function parseRouteSearch(search: Record<string, unknown>): RouteSearch {
  const words = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    ...parsePageSearch(search),
    edit: words(search["edit"]),
    create: search["create"] === true || undefined,
    try: words(search["try"]),
  };
}
