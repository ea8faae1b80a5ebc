/** What can be done with a conversation of the sidebar. */
import { useNavigate } from "@tanstack/react-router";
import {
  Archive,
  ArchiveRestore,
  ArrowDown,
  ArrowUp,
  Download,
  FolderInput,
  Link2,
  ListChecks,
  MoreHorizontal,
  Pencil,
  Pin,
  PinOff,
  Tags,
  Trash2,
} from "lucide-react";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Menu, type MenuItem } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { useDeleteConversation, useRestoreConversation } from "../api";
import { useArrange } from "../folders-api";
import type { RowPlace } from "../row-place";
import { selectionStore, toggled } from "../selection";
import { focusTick } from "./conversation-tick";

/** What is asked in a dialog. */
export type Asking = "rename" | "move" | "tags" | "share" | "export";

export interface ConversationMenuProps {
  conversation: Conversation;
  current: boolean;
  at: RowPlace;
  onAsk: (asking: Asking) => void;
}

export function ConversationMenu({ conversation, current, at, onAsk }: ConversationMenuProps) {
  const remove = useDeleteConversation();
  const restore = useRestoreConversation();
  const arrange = useArrange();
  const navigate = useNavigate();
  const title = conversation.title || text.chat.untitled;
  const ids = [conversation.id];
  const { folder_id: folderId, pinned = false, archived = false } = conversation.filed ?? {};

  const onDelete = async () => {
    // Away from it first, so that nothing asks for what is gone.
    if (current) await navigate({ to: "/" });
    await remove.mutateAsync(conversation.id);
    passFocus(conversation.id, at.order);
    showToast({
      text: text.sidebar.deleted(title),
      action: { label: text.common.undo, run: () => restore.mutate(conversation.id) },
    });
  };
  const step = (to: { above?: string | undefined; below?: string | undefined }) =>
    arrange.mutate({
      ids,
      change: { kind: "move", folder_id: folderId ?? null, above: to.above ?? null, below: to.below ?? null },
    });
  const order: MenuItem[] = at.inFolder
    ? [
        {
          id: "up",
          label: text.folders.up,
          icon: ArrowUp,
          disabled: at.above === undefined,
          run: () => step({ above: at.above }),
        },
        {
          id: "down",
          label: text.folders.down,
          icon: ArrowDown,
          disabled: at.below === undefined,
          run: () => step({ below: at.below }),
        },
      ]
    : [];
  return (
    <Menu
      label={text.sidebar.commandsFor(title)}
      trigger={
        <IconButton icon={MoreHorizontal} label={text.sidebar.commandsFor(title)} size="small" className="row-menu" />
      }
      items={[
        { id: "rename", label: text.common.rename, icon: Pencil, run: () => onAsk("rename") },
        { id: "move", label: text.folders.moveTo, icon: FolderInput, run: () => onAsk("move") },
        ...order,
        { id: "tags", label: text.folders.tags, icon: Tags, run: () => onAsk("tags") },
        {
          id: "pin",
          label: pinned ? text.folders.unpin : text.folders.pin,
          icon: pinned ? PinOff : Pin,
          run: () =>
            arrange.mutate({
              ids,
              change: { kind: "pin", on: !pinned },
              done: pinned ? text.folders.unpinnedDone(1) : text.folders.pinnedDone(1),
            }),
        },
        {
          id: "archive",
          label: archived ? text.folders.takeOut : text.folders.putAway,
          icon: archived ? ArchiveRestore : Archive,
          run: () =>
            void arrange
              .mutateAsync({
                ids,
                change: { kind: "archive", on: !archived },
                done: archived ? text.folders.takenOut(1) : text.folders.archivedDone(1),
              })
              .then(
                () => passFocus(conversation.id, at.order),
                () => undefined,
              ),
        },
        {
          id: "select",
          label: text.folders.select,
          icon: ListChecks,
          run: () => selectionStore.set((before) => toggled(before, conversation.id)),
          focus: () => focusTick(conversation.id),
        },
        { id: "share", label: text.shares.share, icon: Link2, run: () => onAsk("share") },
        { id: "export", label: text.transfer.exportIt, icon: Download, run: () => onAsk("export") },
        {
          id: "delete",
          label: text.common.delete,
          icon: Trash2,
          danger: true,
          run: () => void onDelete().catch(() => undefined),
        },
      ]}
    />
  );
}

/** Where a row goes away that had the focus, the one beside it takes it, once the list is drawn without it. */
function passFocus(id: string, order: readonly string[], frames = 30): void {
  const at = order.indexOf(id);
  const beside = order[at + 1] ?? order[at - 1];
  const row = (of: string) => document.querySelector(`[data-conversation="${CSS.escape(of)}"]`);
  if (beside === undefined || frames === 0) return;
  if (row(id)) requestAnimationFrame(() => passFocus(id, order, frames - 1));
  else if (document.activeElement === document.body)
    row(beside)?.querySelector<HTMLElement>(".conversation-link")?.focus();
}
