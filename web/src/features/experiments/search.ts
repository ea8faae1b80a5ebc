/** What the address of the page says: which view, which experiment is open, whether a form is. */
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export interface ExperimentSearch extends PageSearch {
  /** The id of the experiment that is looked at. */
  open?: string | undefined;
  /** The id of the plan that is changed. */
  edit?: string | undefined;
  create?: true | undefined;
}

export function parseExperimentSearch(search: Record<string, unknown>): ExperimentSearch {
  const id = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    ...parsePageSearch(search),
    open: id(search["open"]),
    edit: id(search["edit"]),
    create: search["create"] === true || undefined,
  };
}
