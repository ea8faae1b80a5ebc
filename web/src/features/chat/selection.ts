/** Several conversations chosen in the sidebar. */
import { createStore } from "@/lib/store";

export interface Selection {
  ids: ReadonlySet<string>;
  /** Where a range begins. */
  anchor: string;
}

/** Nothing while nobody selects. */
export const selectionStore = createStore<Selection | undefined>(undefined);

/** With this one, or without it. */
export function toggled(selection: Selection | undefined, id: string): Selection {
  const ids = new Set(selection?.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** With all between the anchor and this one, as they are listed. */
export function ranged(selection: Selection | undefined, order: readonly string[], id: string): Selection {
  const anchor = selection?.anchor ?? id;
  const [from, to] = [order.indexOf(anchor), order.indexOf(id)];
  if (from < 0 || to < 0) return toggled(selection, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...(selection?.ids ?? []), ...range]), anchor };
}

/** Only those that are still listed. */
export function listed(selection: Selection, order: readonly string[]): Selection {
  const ids = order.filter((id) => selection.ids.has(id));
  return ids.length === selection.ids.size ? selection : { ids: new Set(ids), anchor: selection.anchor };
}
