/** The models that were chosen last, on this device: where many are offered, a few are what one wants. */
import type { ModelItem } from "@/lib/api/model-items";
import { createStore } from "@/lib/store";

const KEY = "familiar.models";
const MOST = 5;
/** A list as short as this is seen at once. */
const SHORT = 8;

function kept(): readonly string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return [];
  }
}

/** Their ids, the latest first. */
export const recentModels = createStore<readonly string[]>(kept());

recentModels.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(recentModels.get()));
  } catch {
    // A browser that keeps nothing has them until the page is left.
  }
});

export function modelUsed(id: string): void {
  recentModels.set((before) => [id, ...before.filter((other) => other !== id)].slice(0, MOST));
}

/** A long list with those at its beginning, under a name of their own; what is not offered any more is left out. */
export function recentFirst(items: readonly ModelItem[], recent: readonly string[], group: string): ModelItem[] {
  if (items.length <= SHORT) return [...items];
  const first = recent.flatMap((id) => items.find((item) => item.id === id) ?? []);
  const named = first.map((item) => Object.assign({}, item, { group }));
  return [...named, ...items.filter((item) => !first.includes(item))];
}

/** Before all others, under a name of their own, what is starred; what is not offered now is left out. */
export function favouritesFirst(items: readonly ModelItem[], starred: readonly string[], group: string): ModelItem[] {
  const first = starred.flatMap((id) => items.find((item) => item.id === id) ?? []);
  const named = first.map((item) => Object.assign({}, item, { group }));
  return [...named, ...items.filter((item) => !first.some((other) => other.id === item.id))];
}
