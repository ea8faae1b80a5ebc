/** Actions: what a person can do, said once, for palette, menus, buttons and shortcuts alike. */
import type { LucideIcon } from "lucide-react";
import { useEffect, useMemo } from "react";
import { ownShortcuts, type OwnShortcuts } from "./own-shortcuts";
import { isMac } from "./platform";
import { createStore, useStore } from "./store";

export interface Action {
  /** Stable, such as `chat.new`. */
  id: string;
  label: string;
  /** Where the palette and the shortcut sheet list it. */
  group: string;
  icon: LucideIcon;
  /** `Mod+K`, `N`, `Escape`; `Mod` is Cmd on a Mac and Ctrl elsewhere. */
  shortcut?: string;
  /** The keys that it has by itself, where a person gave it others. */
  usual?: string | undefined;
  /** More words to find it by. */
  keywords?: string;
  /** Whether the shortcut also works while typing. */
  whileTyping?: boolean;
  run: () => void;
}

const registered = createStore<readonly (readonly Action[])[]>([]);

/** Offers actions while the component is there. Give a list that is stable between renders. */
export function useActions(actions: readonly Action[]): void {
  useEffect(() => {
    registered.set((all) => [...all, actions]);
    return () => registered.set((all) => all.filter((entry) => entry !== actions));
  }, [actions]);
}

/** All actions offered now; where two share an id, the later one counts. */
export function useAllActions(): Action[] {
  const lists = useStore(registered);
  const own = useStore(ownShortcuts);
  return useMemo(() => merged(lists, own), [lists, own]);
}

/** The keys of an action as they are now; none where it has none, or is not offered. */
export function useKeysOf(id: string): string[] {
  const shortcut = useAllActions().find((action) => action.id === id)?.shortcut;
  return shortcut ? showShortcut(shortcut) : [];
}

export function allActions(): Action[] {
  return merged(registered.get(), ownShortcuts.get());
}

function merged(lists: readonly (readonly Action[])[], own: OwnShortcuts): Action[] {
  const actions = new Map(lists.flat().map((action) => [action.id, action]));
  return [...actions.values()].map((action) => withOwn(action, own[action.id]));
}

function withOwn(action: Action, shortcut: string | undefined): Action {
  return shortcut === undefined ? action : { ...action, shortcut, usual: action.shortcut };
}

/** Whether the shortcut works in a field, too, where a letter by itself is a letter. */
export function worksWhileTyping({ whileTyping = false, shortcut = "" }: Action): boolean {
  return whileTyping && (shortcut.includes("Mod+") || /^(?:Escape|F\d+)$/.test(shortcut));
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Whether a key press is this shortcut. Shift counts only where the key itself does not already say it. */
export function matches(shortcut: string, press: KeyPress, mac: boolean = isMac): boolean {
  const parts = shortcut.split("+").filter((part) => part !== "");
  const key = parts.at(-1) ?? "";
  const modifier = parts.includes("Mod");
  const pressed = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (pressed !== modifier || other || press.altKey) return false;
  if (parts.includes("Shift") !== press.shiftKey && /^[a-z0-9]$/i.test(key)) return false;
  return press.key.toLowerCase() === key.toLowerCase();
}

/** A shortcut as people read it on their keyboard. */
export function showShortcut(shortcut: string, mac: boolean = isMac): string[] {
  const names: Record<string, string> = {
    Mod: mac ? "⌘" : "Ctrl",
    Shift: mac ? "⇧" : "Shift",
    Escape: "Esc",
    Enter: "Enter",
  };
  return shortcut.split("+").map((part) => names[part] ?? part.toUpperCase());
}

/** Whether a press belongs to a field rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
