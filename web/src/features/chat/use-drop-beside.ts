/** A row of a folder in the sidebar that others are dropped above or below of. */
import { useState, type DragEvent } from "react";
import { text } from "@/lib/i18n";
import type { Conversation, Folder } from "@/lib/types";
import { useArrange } from "./folders-api";
import { dragged, isDragged } from "./use-drag";

type Side = "above" | "below";

export function useDropBeside(
  conversation: Conversation,
  { inFolder, folders }: { inFolder: boolean; folders: readonly Folder[] },
) {
  const arrange = useArrange();
  const [side, setSide] = useState<Side>();
  const sideOf = (event: DragEvent): Side => {
    const box = event.currentTarget.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2 ? "above" : "below";
  };
  const folderId = conversation.filed?.folder_id ?? null;
  if (!inFolder) return { side: undefined, handlers: {} };
  return {
    side,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!isDragged(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "move";
        setSide(sideOf(event));
      },
      onDragLeave: () => setSide(undefined),
      onDrop: (event: DragEvent) => {
        setSide(undefined);
        if (!isDragged(event)) return;
        event.preventDefault();
        const ids = dragged(event);
        if (ids.length === 0 || ids.includes(conversation.id)) return;
        const name = folders.find(({ id }) => id === folderId)?.name ?? "";
        arrange.mutate({
          ids,
          change: { kind: "move", folder_id: folderId, [sideOf(event)]: conversation.id },
          done: text.folders.moved(ids.length, name),
        });
      },
    },
  };
}
