/** Where a row of the sidebar stands, and what a range of rows that is selected begins at. */
import type { Folder, Shelves } from "@/lib/types";
import { ranged, selectionStore } from "./selection";

/** Where a row stands. */
export interface RowPlace {
  folders: readonly Folder[];
  tags: Shelves["tags"];
  /** All that are listed, from above to below. */
  order: readonly string[];
  /** The conversation that is open. */
  currentId: string | undefined;
  /** Whether what is listed is a folder, in the order that a person makes. */
  inFolder: boolean;
  /** Those beside it in that order. */
  above: string | undefined;
  below: string | undefined;
}

/** From where the selection began, else from the conversation that is open. */
export function selectRange(id: string, at: RowPlace): void {
  selectionStore.set((before) => {
    const from = before ?? (at.currentId === undefined ? undefined : { ids: new Set<string>(), anchor: at.currentId });
    return ranged(from, at.order, id);
  });
}
