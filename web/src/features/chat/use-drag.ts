/** What is dragged in the sidebar: conversations into folders and out of them, folders into and beside folders. */
import { useEffect, useState, type DragEvent } from "react";
import { text } from "@/lib/i18n";
import { createStore, useStore } from "@/lib/store";
import type { Folder } from "@/lib/types";
import { droppedAt, placeOf, TOP_PLACE, type Drop, type FolderAt } from "./folders";
import { useArrange } from "./folders-api";
import { toggleFolder } from "./place";

/** What is dragged; the browser tells more than the type only when it is dropped. */
const CONVERSATIONS = "application/x-familiar-conversations";
const FOLDER = "application/x-familiar-folder";
/** So long something is held over a closed folder before that opens. */
const OPEN_AFTER_MS = 600;

/** What is dragged in this window. */
export type Dragged =
  | {
      kind: "conversations";
      ids: readonly string[];
      /** Whether any of them may lie in a folder. */
      filed: boolean;
    }
  | { kind: "folder"; id: string };

const draggedStore = createStore<Dragged | undefined>(undefined);

export function startDrag(event: DragEvent, what: Dragged): void {
  if (what.kind === "folder") event.dataTransfer.setData(FOLDER, what.id);
  else event.dataTransfer.setData(CONVERSATIONS, JSON.stringify(what.ids));
  event.dataTransfer.effectAllowed = "move";
  const ended = () => {
    for (const end of ENDS) window.removeEventListener(end, ended, true);
    // What it is dropped on comes after the window.
    setTimeout(() => draggedStore.set(undefined));
  };
  for (const end of ENDS) window.addEventListener(end, ended, true);
  // A page that changes while a drag begins makes browsers give it up.
  setTimeout(() => draggedStore.set(what));
}

/** A row that is gone with the drop does not say that the drag is over. */
const ENDS = ["dragend", "drop", "pointerdown"] as const;

export function isDragged(event: DragEvent): boolean {
  return event.dataTransfer.types.includes(CONVERSATIONS);
}

export function dragged(event: DragEvent): string[] {
  try {
    const ids: unknown = JSON.parse(event.dataTransfer.getData(CONVERSATIONS));
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return [];
  }
}

/** Says that it may be dropped here. */
function welcome(event: DragEvent): void {
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
}

/** Whether the pointer left for what is within. */
const staysWithin = (event: DragEvent) =>
  event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);

/** A folder of this window that is dragged. */
function folderOf(event: DragEvent): string | undefined {
  const what = event.dataTransfer.types.includes(FOLDER) ? draggedStore.get() : undefined;
  return what?.kind === "folder" ? what.id : undefined;
}

/** The upper and the lower quarter of a folder stand for the places beside it. */
function partOf(event: DragEvent): Drop {
  const box = event.currentTarget.getBoundingClientRect();
  const part = (event.clientY - box.top) / box.height;
  if (part < 0.25) return "above";
  return part > 0.75 ? "below" : "into";
}

export interface FolderTarget {
  folder: Folder;
  folders: readonly Folder[];
  /** Whether there is something in it that is not shown. */
  closed: boolean;
  onMove: (id: string, at: FolderAt) => void;
}

/** A folder that conversations are dropped on, and folders on and beside. */
export function useDropOnFolder({ folder, folders, closed, onMove }: FolderTarget) {
  const arrange = useArrange();
  const [over, setOver] = useState<Drop>();
  useEffect(() => {
    if (over !== "into" || !closed) return undefined;
    const timer = setTimeout(() => toggleFolder(folder.id, true), OPEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [over, closed, folder.id]);
  const placeAt = (event: DragEvent): FolderAt | undefined => {
    const id = folderOf(event);
    return id === undefined ? undefined : droppedAt(folders, id, { id: folder.id, part: partOf(event) });
  };
  return {
    over,
    handlers: {
      draggable: true,
      onDragStart: (event: DragEvent) => startDrag(event, { kind: "folder", id: folder.id }),
      onDragOver: (event: DragEvent) => {
        if (isDragged(event)) {
          welcome(event);
          setOver("into");
        } else if (placeAt(event)) {
          welcome(event);
          setOver(partOf(event));
        } else setOver(undefined);
      },
      onDragLeave: (event: DragEvent) => {
        if (!staysWithin(event)) setOver(undefined);
      },
      onDrop: (event: DragEvent) => {
        setOver(undefined);
        const moved = folderOf(event);
        const at = placeAt(event);
        if (moved !== undefined && at) {
          event.preventDefault();
          onMove(moved, at);
          return;
        }
        if (!isDragged(event)) return;
        event.preventDefault();
        const ids = dragged(event);
        if (ids.length === 0) return;
        arrange.mutate({
          ids,
          change: { kind: "move", folder_id: folder.id },
          done: text.folders.moved(ids.length, folder.name),
        });
      },
    },
  };
}

/** What stands for no folder while something is dragged that lies in one: it is taken out there. */
export function useDropOutside(folders: readonly Folder[], onMove: (id: string, at: FolderAt) => void) {
  const arrange = useArrange();
  const what = useStore(draggedStore);
  const [over, setOver] = useState(false);
  const label = what && outsideOf(what, folders);
  if (what === undefined || label === undefined) return { label: undefined, over: false, handlers: {} };
  return {
    label,
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        welcome(event);
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (!staysWithin(event)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        if (what.kind === "folder") onMove(what.id, TOP_PLACE);
        else
          arrange.mutate({
            ids: what.ids,
            change: { kind: "move", folder_id: null },
            done: text.folders.movedOut(what.ids.length),
          });
      },
    },
  };
}

/** What it is called; nothing where it is there already. */
function outsideOf(what: Dragged, folders: readonly Folder[]): string | undefined {
  if (what.kind === "conversations") return what.filed ? text.folders.none : undefined;
  return placeOf(folders, what.id)?.parent_id == null ? undefined : text.folders.top;
}
