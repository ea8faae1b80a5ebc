/** What can be done with several conversations at once; each can be taken back. */
import { useNavigate } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Download, FolderInput, ListChecks, Pin, PinOff, Tags, Trash2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { text } from "@/lib/i18n";
import type { Arrangement, Conversation, Shelves } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { useArrange } from "../folders-api";
import { selectionStore } from "../selection";
import { ExportManyDialog } from "./export-dialog";
import { MoveDialog } from "./move-dialog";
import { TagsDialog } from "./tags-dialog";

type Asking = "move" | "tags" | "export";

export interface SelectionBarProps {
  /** Those that are selected, as they are listed. */
  conversations: readonly Conversation[];
  /** All that are listed. */
  order: readonly string[];
  tags: Shelves["tags"];
  currentId: string | undefined;
  /** Takes the focus when the bar goes away. */
  onEnd: () => void;
}

export function SelectionBar({ conversations, order, tags, currentId, onEnd }: SelectionBarProps) {
  const [asking, setAsking] = useState<Asking>();
  const arrange = useArrange();
  const navigate = useNavigate();
  const ids = conversations.map((conversation) => conversation.id);
  const count = ids.length;
  const none = count === 0;
  const pinned = !none && conversations.every((conversation) => conversation.filed?.pinned);
  const archived = !none && conversations.every((conversation) => conversation.filed?.archived);
  const end = () => {
    selectionStore.set(undefined);
    onEnd();
  };
  const all = (change: Arrangement, done: string) => {
    arrange.mutate({ ids, change, done });
    end();
  };
  const remove = async () => {
    // Away from it first, so that nothing asks for what is gone.
    if (currentId !== undefined && ids.includes(currentId)) await navigate({ to: "/" });
    all({ kind: "delete" }, text.folders.deleted(count));
  };
  const close = () => {
    setAsking(undefined);
    end();
  };
  const bar = useRef<HTMLDivElement>(null);
  const escape = useRef(end);
  useEffect(() => {
    escape.current = end;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const inside = event.target instanceof Node && bar.current?.contains(event.target);
      if (event.key === "Escape" && inside) escape.current();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return (
    <div className="selection-bar" role="group" aria-label={text.folders.selection} ref={bar}>
      <div className="selection-head">
        <span role="status">{text.folders.selected(count)}</span>
        <IconButton icon={X} size="small" label={text.folders.endSelection} onClick={end} />
      </div>
      <div className="selection-acts">
        <IconButton
          icon={ListChecks}
          size="small"
          label={text.folders.selectAll}
          onClick={() => selectionStore.set({ ids: new Set(order), anchor: order[0] ?? "" })}
        />
        <IconButton
          icon={FolderInput}
          size="small"
          label={text.folders.moveTo}
          disabled={none}
          onClick={() => setAsking("move")}
        />
        <IconButton
          icon={Tags}
          size="small"
          label={text.folders.tags}
          disabled={none}
          onClick={() => setAsking("tags")}
        />
        <IconButton
          icon={pinned ? PinOff : Pin}
          size="small"
          label={pinned ? text.folders.unpin : text.folders.pin}
          disabled={none}
          onClick={() =>
            all(
              { kind: "pin", on: !pinned },
              pinned ? text.folders.unpinnedDone(count) : text.folders.pinnedDone(count),
            )
          }
        />
        <IconButton
          icon={archived ? ArchiveRestore : Archive}
          size="small"
          label={archived ? text.folders.takeOut : text.folders.putAway}
          disabled={none}
          onClick={() =>
            all(
              { kind: "archive", on: !archived },
              archived ? text.folders.takenOut(count) : text.folders.archivedDone(count),
            )
          }
        />
        <IconButton
          icon={Download}
          size="small"
          label={text.folders.exported(count)}
          disabled={none}
          onClick={() => setAsking("export")}
        />
        <IconButton
          icon={Trash2}
          size="small"
          tone="danger"
          label={text.common.delete}
          disabled={none}
          onClick={() => void remove().catch(() => undefined)}
        />
      </div>
      {asking === "move" ? (
        <MoveDialog moved={{ ids, title: text.folders.moveMany(count) }} onClose={close} />
      ) : undefined}
      {asking === "tags" ? (
        <TagsDialog conversations={conversations} known={tags.map(({ tag }) => tag)} onClose={close} />
      ) : undefined}
      {asking === "export" ? <ExportManyDialog ids={ids} onClose={() => setAsking(undefined)} /> : undefined}
    </div>
  );
}
