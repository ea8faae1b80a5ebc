/** Which conversations the sidebar lists, and which folders are open there. */
import { createStore } from "@/lib/store";

export type Place = { kind: "all" } | { kind: "folder"; id: string } | { kind: "archive" };

export const ALL: Place = { kind: "all" };
export const placeStore = createStore<Place>(ALL);

const KEY = "familiar.folders";

function kept(): ReadonlySet<string> {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(ids) ? ids.map(String) : []);
  } catch {
    return new Set();
  }
}

/** Folders whose folders are shown, on this device. */
export const openFolders = createStore<ReadonlySet<string>>(kept());

openFolders.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify([...openFolders.get()]));
  } catch {
    // A browser that keeps nothing shows them until the page is left.
  }
});

export function toggleFolder(id: string, open?: boolean): void {
  openFolders.set((before) => {
    const next = new Set(before);
    if (open ?? !next.has(id)) next.add(id);
    else next.delete(id);
    return next;
  });
}
