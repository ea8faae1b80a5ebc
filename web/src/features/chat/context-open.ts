/** Whether the panel beside conversations is open: chosen once, for all of them, on this device. */
import { createStore, type Store } from "@/lib/store";

const KEY = "context-panel";

function kept(): boolean {
  try {
    return localStorage.getItem(KEY) === "open";
  } catch {
    return false;
  }
}

export const contextOpen: Store<boolean> = createStore(kept());

contextOpen.subscribe(() => {
  try {
    if (contextOpen.get()) localStorage.setItem(KEY, "open");
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
});
