/** Folders as a tree: pure. */
import type { Folder, UpdateFolder } from "@/lib/types";

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

/** Names on the way to a folder. */
export function pathOf(folders: readonly Folder[], id: string): string {
  return (
    flat(treeOf(folders))
      .find((node) => node.folder.id === id)
      ?.path.join(" / ") ?? ""
  );
}
