/** Whether a long message is folded. It is known apart from the row, which goes away when it is scrolled out of sight. */
import { useSyncExternalStore } from "react";
import { createStore } from "@/lib/store";

/** From here on a message is long: about a screen of it. */
const LONG_CHARACTERS = 2_400;
const LONG_LINES = 36;

const chosen = createStore<ReadonlyMap<string, boolean>>(new Map());

export function isLong(words: string): boolean {
  return words.length > LONG_CHARACTERS || words.split("\n", LONG_LINES + 1).length > LONG_LINES;
}

/** `initially` holds until somebody chooses. */
export function useCollapsed(id: string, initially: boolean): [collapsed: boolean, toggle: () => void] {
  const read = () => chosen.get().get(id) ?? initially;
  const collapsed = useSyncExternalStore(chosen.subscribe, read, read);
  return [collapsed, () => chosen.set((all) => new Map(all).set(id, !collapsed))];
}
