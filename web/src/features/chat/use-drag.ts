/** Conversations dragged in the sidebar: into folders, and to another place among those of a folder. */
import { useState, type DragEvent } from "react";
import { text } from "@/lib/i18n";
import type { Folder } from "@/lib/types";
import { useArrange } from "./folders-api";

/** What is dragged; the browser tells it only when it is dropped. */
const TYPE = "application/x-familiar-conversations";

export function startDrag(event: DragEvent, ids: readonly string[]): void {
  event.dataTransfer.setData(TYPE, JSON.stringify(ids));
  event.dataTransfer.effectAllowed = "move";
}

export function isDragged(event: DragEvent): boolean {
  return event.dataTransfer.types.includes(TYPE);
}

export function dragged(event: DragEvent): string[] {
  try {
    const ids: unknown = JSON.parse(event.dataTransfer.getData(TYPE));
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return [];
  }
}

/** A folder that conversations are dropped on. */
export function useDropOnFolder(folder: Pick<Folder, "id" | "name">) {
  const arrange = useArrange();
  const [over, setOver] = useState(false);
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!isDragged(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "move";
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        setOver(false);
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
