/** Folders as a tree: pure. */
import type { Folder, UpdateFolder } from "@/lib/types";

/** Levels of folders within folders, as the server has them. */
export const MAX_DEPTH = 5;

/** Where a folder stands: in which, and before which of those in it. */
export interface FolderAt {
  parent_id: string | null;
  before: string | null;
}

/** Last at the top. */
export const TOP_PLACE: FolderAt = { parent_id: null, before: null };

/** What part of a folder something is dropped on: it itself, or the places beside it. */
export type Drop = "above" | "into" | "below";

export interface FolderNode {
  folder: Folder;
  /** From 0. */
  level: number;
  /** From the top, its own name last. */
  path: string[];
  children: FolderNode[];
}

/** The tree of folders that come as a list, siblings in their order. */
export function treeOf(folders: readonly Folder[]): FolderNode[] {
  const known = new Set(folders.map((folder) => folder.id));
  const below = (parentId: string | undefined, above: FolderNode | undefined): FolderNode[] =>
    folders
      .filter((folder) => {
        const parent = folder.parent_id ?? undefined;
        // One whose parent is not here would be nowhere.
        return parentId === undefined ? parent === undefined || !known.has(parent) : parent === parentId;
      })
      .map((folder) => {
        const node: FolderNode = {
          folder,
          level: above ? above.level + 1 : 0,
          path: [...(above?.path ?? []), folder.name],
          children: [],
        };
        node.children = below(folder.id, node);
        return node;
      });
  return below(undefined, undefined);
}

/** Every node, parents before children. */
export function flat(nodes: readonly FolderNode[]): FolderNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}

/** The nodes that are seen: those within closed folders are not. */
export function seen(nodes: readonly FolderNode[], open: ReadonlySet<string>): FolderNode[] {
  return nodes.flatMap((node) => [node, ...(open.has(node.folder.id) ? seen(node.children, open) : [])]);
}

/** The ids of a folder and of all within it. */
export function within(node: FolderNode): Set<string> {
  return new Set(flat([node]).map(({ folder }) => folder.id));
}

/** The place one step up or down among those beside it; nothing where there is none. */
export function stepped(folders: readonly Folder[], id: string, by: -1 | 1): UpdateFolder["place"] {
  const folder = folders.find((entry) => entry.id === id);
  const siblings = folders.filter((entry) => (entry.parent_id ?? null) === (folder?.parent_id ?? null));
  const at = siblings.findIndex((entry) => entry.id === id);
  const target = siblings[at + by];
  if (!folder || !target) return undefined;
  const before = by === -1 ? target.id : siblings[at + 2]?.id;
  return { parent_id: folder.parent_id ?? null, before: before ?? null };
}

/** Where a folder stands now. */
export function placeOf(folders: readonly Folder[], id: string): FolderAt | undefined {
  const folder = folders.find((entry) => entry.id === id);
  if (!folder) return undefined;
  const parentId = folder.parent_id ?? null;
  const siblings = folders.filter((entry) => (entry.parent_id ?? null) === parentId);
  return { parent_id: parentId, before: siblings[siblings.indexOf(folder) + 1]?.id ?? null };
}

/** Where a folder comes that is dropped on another; nothing where it cannot, or stands there already. */
export function droppedAt(
  folders: readonly Folder[],
  id: string,
  on: { id: string; part: Drop },
): FolderAt | undefined {
  const nodes = flat(treeOf(folders));
  const node = nodes.find(({ folder }) => folder.id === id);
  const target = nodes.find(({ folder }) => folder.id === on.id);
  const from = placeOf(folders, id);
  if (!node || !target || !from || within(node).has(on.id)) return undefined;
  const height = Math.max(...flat([node]).map(({ level }) => level)) - node.level + 1;
  if (target.level + (on.part === "into" ? 1 : 0) + height > MAX_DEPTH) return undefined;
  // Without it, what comes after the target is not itself.
  const others = folders.filter((entry) => entry.id !== id);
  const beside = placeOf(others, on.id);
  if (!beside) return undefined;
  const to = { into: { parent_id: on.id, before: null }, above: { ...beside, before: on.id }, below: beside }[on.part];
  const stays = to.parent_id === from.parent_id && (on.part === "into" || to.before === from.before);
  return stays ? undefined : to;
}

/** Names on the way to a folder. */
export function pathOf(folders: readonly Folder[], id: string): string {
  return (
    flat(treeOf(folders))
      .find((node) => node.folder.id === id)
      ?.path.join(" / ") ?? ""
  );
}
