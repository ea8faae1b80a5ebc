/** The folders above the conversations of the sidebar: chosen to list what is in them, made, changed and moved. */
import {
  Archive,
  ArrowDown,
  ArrowUp,
  ChevronRight,
  Folder as FolderIcon,
  FolderInput,
  FolderPlus,
  MessagesSquare,
  MoreHorizontal,
  Pencil,
  SquarePen,
  Trash2,
} from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Folder } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Menu } from "@/ui/menu";
import { flat, MAX_DEPTH, stepped, treeOf, within, type FolderAt, type FolderNode } from "../folders";
import { useDeleteFolder, useMoveFolder, useUpdateFolder } from "../folders-api";
import { ALL, openFolders, placeStore, toggleFolder } from "../place";
import { useDropOnFolder, useDropOutside } from "../use-drag";
import { FolderDialog, type FolderDraft } from "./folder-dialog";
import { FolderPick } from "./move-dialog";
import "../folders.css";

export function FolderTree({ folders }: { folders: readonly Folder[] }) {
  const place = useStore(placeStore);
  const [draft, setDraft] = useState<FolderDraft>();
  const [moving, setMoving] = useState<FolderNode>();
  const update = useUpdateFolder();
  const move = useMoveFolder(folders);
  const moveTo = (id: string, at: FolderAt) => {
    move(id, at);
    if (at.parent_id !== null) toggleFolder(at.parent_id, true);
  };
  const outside = useDropOutside(folders, moveTo);
  const createButton = useRef<HTMLButtonElement>(null);
  const tree = treeOf(folders);
  const acts: TreeActs = {
    edit: setDraft,
    move: setMoving,
    moveTo,
    folders,
    step: (id, by) => {
      const to = stepped(folders, id, by);
      if (to) update.mutate({ id, change: { place: to } });
    },
    canStep: (id, by) => stepped(folders, id, by) !== undefined,
    // The row that had the focus is gone.
    gone: () => createButton.current?.focus(),
  };
  return (
    <section className="folders" aria-label={text.folders.title}>
      <div
        className={classNames("folders-head", outside.label !== undefined && "folders-outside")}
        data-drop={outside.over ? "into" : undefined}
        {...outside.handlers}
      >
        <h2 className="conversation-group">{outside.label ?? text.folders.title}</h2>
        <IconButton
          ref={createButton}
          icon={FolderPlus}
          size="small"
          label={text.folders.create}
          onClick={() => setDraft({})}
        />
      </div>
      <ul className="folder-list">
        {place.kind === "all" ? undefined : (
          <li className="folder-row">
            <span className="folder-gap" aria-hidden />
            <button type="button" className="folder-link" onClick={() => placeStore.set(ALL)}>
              <MessagesSquare size={15} aria-hidden />
              <span className="folder-name">{text.folders.all}</span>
            </button>
          </li>
        )}
        {tree.map((node) => (
          <FolderBranch key={node.folder.id} node={node} acts={acts} />
        ))}
        <li className="folder-row" data-current={place.kind === "archive" || undefined}>
          <span className="folder-gap" aria-hidden />
          <button
            type="button"
            className="folder-link"
            aria-current={place.kind === "archive" || undefined}
            onClick={() => placeStore.set(place.kind === "archive" ? ALL : { kind: "archive" })}
          >
            <Archive size={15} aria-hidden />
            <span className="folder-name">{text.folders.archive}</span>
          </button>
        </li>
      </ul>
      {draft ? <FolderDialog draft={draft} onClose={() => setDraft(undefined)} /> : undefined}
      {moving ? (
        <FolderPick
          title={text.folders.moveFolder(moving.folder.name)}
          top={text.folders.top}
          nodes={flat(tree).filter((node) => !within(moving).has(node.folder.id))}
          current={moving.folder.parent_id ?? undefined}
          onClose={() => setMoving(undefined)}
          onPick={(parentId) => {
            setMoving(undefined);
            moveTo(moving.folder.id, { parent_id: parentId ?? null, before: null });
          }}
        />
      ) : undefined}
    </section>
  );
}

interface TreeActs {
  edit: (draft: FolderDraft) => void;
  /** Asks where to. */
  move: (node: FolderNode) => void;
  moveTo: (id: string, at: FolderAt) => void;
  folders: readonly Folder[];
  step: (id: string, by: -1 | 1) => void;
  canStep: (id: string, by: -1 | 1) => boolean;
  gone: () => void;
}

function FolderBranch({ node, acts }: { node: FolderNode; acts: TreeActs }) {
  const { folder, children } = node;
  const place = useStore(placeStore);
  const open = useStore(openFolders).has(folder.id);
  const current = place.kind === "folder" && place.id === folder.id;
  const closed = children.length > 0 && !open;
  const drop = useDropOnFolder({ folder, folders: acts.folders, closed, onMove: acts.moveTo });
  const listId = `folder-${folder.id}`;
  return (
    <li>
      <div
        className="folder-row"
        data-current={current || undefined}
        data-drop={drop.over}
        data-folder={folder.id}
        style={{ paddingInlineStart: `${node.level * 0.75}rem` }}
        {...drop.handlers}
      >
        {children.length > 0 ? (
          <button
            type="button"
            className="folder-open"
            aria-expanded={open}
            aria-controls={open ? listId : undefined}
            aria-label={open ? text.folders.close(folder.name) : text.folders.open(folder.name)}
            onClick={() => toggleFolder(folder.id)}
          >
            <ChevronRight size={14} aria-hidden />
          </button>
        ) : (
          <span className="folder-gap" aria-hidden />
        )}
        <button
          type="button"
          className="folder-link"
          aria-current={current || undefined}
          onClick={() => placeStore.set(current ? ALL : { kind: "folder", id: folder.id })}
        >
          <FolderIcon size={15} aria-hidden />
          <span className="folder-name as-named" dir="auto">
            {folder.name}
          </span>
          {folder.conversations > 0 ? (
            <span className="folder-count">
              <span aria-hidden>{formatCount(folder.conversations)}</span>
              <span className="visually-hidden">{text.folders.count(folder.conversations)}</span>
            </span>
          ) : undefined}
        </button>
        <FolderMenu node={node} acts={acts} />
      </div>
      {open && children.length > 0 ? (
        <ul id={listId} className="folder-list">
          {children.map((child) => (
            <FolderBranch key={child.folder.id} node={child} acts={acts} />
          ))}
        </ul>
      ) : undefined}
    </li>
  );
}

function FolderMenu({ node, acts }: { node: FolderNode; acts: TreeActs }) {
  const { folder } = node;
  const remove = useDeleteFolder(acts.gone);
  const navigate = useNavigate();
  return (
    <Menu
      label={text.folders.commandsFor(folder.name)}
      trigger={
        <IconButton
          icon={MoreHorizontal}
          label={text.folders.commandsFor(folder.name)}
          size="small"
          className="row-menu"
        />
      }
      items={[
        {
          id: "chat",
          label: text.folders.chatHere,
          icon: SquarePen,
          run: () => {
            placeStore.set({ kind: "folder", id: folder.id });
            void navigate({ to: "/" });
          },
        },
        { id: "edit", label: text.folders.editIt, icon: Pencil, run: () => acts.edit({ folder }) },
        {
          id: "create",
          label: text.folders.createWithin,
          icon: FolderPlus,
          disabled: node.level + 1 >= MAX_DEPTH,
          run: () => acts.edit({ parent: folder }),
        },
        { id: "move", label: text.folders.moveTo, icon: FolderInput, run: () => acts.move(node) },
        {
          id: "up",
          label: text.folders.up,
          icon: ArrowUp,
          disabled: !acts.canStep(folder.id, -1),
          run: () => acts.step(folder.id, -1),
        },
        {
          id: "down",
          label: text.folders.down,
          icon: ArrowDown,
          disabled: !acts.canStep(folder.id, 1),
          run: () => acts.step(folder.id, 1),
        },
        {
          id: "delete",
          label: text.common.delete,
          icon: Trash2,
          danger: true,
          run: () => {
            const gone = within(node);
            placeStore.set((place) => (place.kind === "folder" && gone.has(place.id) ? ALL : place));
            remove.mutate(folder);
          },
        },
      ]}
    />
  );
}
