/** The keys that a person gave to actions in the place of those they have; kept on this device. */
import type { KeyPress } from "./actions";
import { isMac } from "./platform";
import { createStore } from "./store";

/** Keys by the id of an action. */
export type OwnShortcuts = Readonly<Record<string, string>>;

const KEY = "familiar.shortcuts";

function kept(): OwnShortcuts {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter((entry) => typeof entry[1] === "string"));
  } catch {
    return {};
  }
}

export const ownShortcuts = createStore<OwnShortcuts>(kept());

ownShortcuts.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(ownShortcuts.get()));
  } catch {
    // A browser that keeps nothing has them until the page is left.
  }
});

/** Gives an action other keys; nothing gives it back its own. */
export function giveShortcut(id: string, shortcut: string | undefined): void {
  ownShortcuts.set(({ [id]: _before, ...others }) => (shortcut === undefined ? others : { ...others, [id]: shortcut }));
}

/** The shortcut that a press makes; nothing for a press that cannot be one: a modifier alone, or a key that fields and buttons need. */
export function shortcutOf(press: KeyPress, mac: boolean = isMac): string | undefined {
  const { key, altKey, shiftKey } = press;
  const [mod, other] = mac ? [press.metaKey, press.ctrlKey] : [press.ctrlKey, press.metaKey];
  const named = /^F\d{1,2}$/.test(key);
  // `+` parts the keys of a shortcut from each other.
  if (altKey || other || (!named && ([...key].length !== 1 || key === " " || key === "+"))) return undefined;
  const name = named ? key : key.toUpperCase();
  // What Shift makes of other signs says the key itself.
  const shift = shiftKey && /^(?:[A-Z0-9]|F\d{1,2})$/.test(name);
  return [mod ? "Mod" : "", shift ? "Shift" : "", name].filter(Boolean).join("+");
}
