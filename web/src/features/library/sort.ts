/** The orders in which documents can be listed; the server does the ordering, over all of them. */

export const SORTS = ["added", "title", "size", "pages", "status"] as const;
export type Sort = (typeof SORTS)[number];

/** As the API's `sort` parameter wants it: `-` is the largest or latest first. */
export const SORT_PARAMETERS: Record<Sort, string> = {
  added: "-added",
  title: "title",
  size: "-size",
  pages: "-pages",
  status: "status",
};
