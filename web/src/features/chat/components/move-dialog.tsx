/** Chooses a folder: for conversations, or for a folder to be in. */
import { useQuery } from "@tanstack/react-query";
import { Folder as FolderIcon, Inbox } from "lucide-react";
import { text } from "@/lib/i18n";
import { Dialog } from "@/ui/dialog";
import { PickList, type PickItem } from "@/ui/pick-list";
import { flat, treeOf, type FolderNode } from "../folders";
import { foldersQuery, useArrange } from "../folders-api";

/** Stands for no folder. */
const TOP = "";

export interface FolderPickProps {
  title: string;
  /** What no folder is called. */
  top: string;
  nodes: readonly FolderNode[];
  current: string | undefined;
  onPick: (folderId: string | undefined) => void;
  onClose: () => void;
}

export function FolderPick({ title, top, nodes, current, onPick, onClose }: FolderPickProps) {
  const items: PickItem[] = [
    { id: TOP, label: top, group: text.folders.title, icon: Inbox, selected: current === undefined },
    ...nodes.map(({ folder, path }) => ({
      id: folder.id,
      label: folder.name,
      detail: path.length > 1 ? path.slice(0, -1).join(" / ") : undefined,
      group: text.folders.title,
      icon: FolderIcon,
      selected: folder.id === current,
    })),
  ];
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <PickList
        label={title}
        placeholder={text.folders.find}
        emptyText={text.folders.noneFound}
        items={items}
        onPick={(id) => onPick(id === TOP ? undefined : id)}
      />
    </Dialog>
  );
}

/** Conversations that are to come into another folder. */
export interface Moved {
  ids: readonly string[];
  title: string;
  current?: string | undefined;
}

export function MoveDialog({ moved, onClose }: { moved: Moved; onClose: () => void }) {
  const { data } = useQuery(foldersQuery);
  const arrange = useArrange();
  const nodes = flat(treeOf(data?.folders ?? []));
  return (
    <FolderPick
      title={moved.title}
      top={text.folders.none}
      nodes={nodes}
      current={moved.current}
      onClose={onClose}
      onPick={(id) => {
        onClose();
        const name = nodes.find((node) => node.folder.id === id)?.folder.name;
        const count = moved.ids.length;
        arrange.mutate({
          ids: moved.ids,
          change: { kind: "move", folder_id: id ?? null },
          done: name === undefined ? text.folders.movedOut(count) : text.folders.moved(count, name),
        });
      }}
    />
  );
}
