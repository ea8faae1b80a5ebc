/** Moving things within a list that is parted into groups: pure, so that pointer and keyboard do the same. */

export interface Grouped {
  id: string;
  group: string;
}

/** One step up or down; at the edge of a group into the next one. The list is kept in the order of the groups. */
export function step<T extends Grouped>(items: readonly T[], id: string, by: -1 | 1, groups: readonly string[]): T[] {
  const all = arranged(items, groups);
  const from = all.findIndex((item) => item.id === id);
  const item = all[from];
  if (!item) return all;
  const neighbour = all[from + by];
  if (neighbour?.group === item.group) {
    all[from] = neighbour;
    all[from + by] = item;
    return all;
  }
  const next = groups[groups.indexOf(item.group) + by];
  if (next === undefined) return all;
  return place(all, id, next, by > 0 ? 0 : Number.MAX_SAFE_INTEGER, groups);
}

/** Puts an item at a place of a group: 0 is before all others of it. */
export function place<T extends Grouped>(
  items: readonly T[],
  id: string,
  group: string,
  index: number,
  groups: readonly string[],
): T[] {
  const item = items.find((entry) => entry.id === id);
  if (!item || !groups.includes(group)) return arranged(items, groups);
  const others = items.filter((entry) => entry.id !== id);
  const inGroup = others.filter((entry) => entry.group === group);
  const at = Math.min(Math.max(0, index), inGroup.length);
  const rest = others.filter((entry) => entry.group !== group);
  return arranged([...rest, ...inGroup.slice(0, at), { ...item, group }, ...inGroup.slice(at)], groups);
}

/** In the order of the groups, each group in its own order. */
export function arranged<T extends Grouped>(items: readonly T[], groups: readonly string[]): T[] {
  return groups.flatMap((group) => items.filter((item) => item.group === group));
}
