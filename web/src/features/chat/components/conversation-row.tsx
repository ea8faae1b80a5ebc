/** A conversation in the sidebar. */
import { Link, useNavigate } from "@tanstack/react-router";
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
import { memo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Conversation, Folder, Shelves } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Menu, type MenuItem } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { useDeleteConversation, useRestoreConversation, useUpdateConversation } from "../api";
import { pathOf } from "../folders";
import { useArrange } from "../folders-api";
import { ranged, selectionStore, toggled } from "../selection";
import { startDrag } from "../use-drag";
import { useDropBeside } from "../use-drop-beside";
import { ExportDialog } from "./export-dialog";
import { Marked } from "./marked";
import { MoveDialog } from "./move-dialog";
import { ShareDialog } from "./share-dialog";
import { TagsDialog } from "./tags-dialog";

/** Where a row stands. */
export interface RowPlace {
  folders: readonly Folder[];
  tags: Shelves["tags"];
  /** All that are listed, from above to below. */
  order: readonly string[];
  /** The conversation that is open. */
  currentId: string | undefined;
  /** Whether what is listed is a folder, in the order that a person makes. */
  inFolder: boolean;
  /** Those beside it in that order. */
  above: string | undefined;
  below: string | undefined;
}

export interface ConversationRowProps {
  conversation: Conversation;
  current: boolean;
  onOpen: () => void;
  at: RowPlace;
  /** Words that were looked for. */
  words: readonly string[];
}

type Asking = "rename" | "move" | "tags" | "share" | "export";

/** Apart from those around it: what changes or is scrolled renders only what comes or changes. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, current, onOpen, at, words } = props;
  const [asking, setAsking] = useState<Asking>();
  const title = conversation.title || text.chat.untitled;
  const { folder_id: folderId, tags = [], pinned = false } = conversation.filed ?? {};
  const close = () => setAsking(undefined);
  const selection = useStore(selectionStore);
  const selected = selection?.ids.has(conversation.id) ?? false;
  const drop = useDropBeside(conversation, at);
  const onClick = (event: MouseEvent) => {
    const range = event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (!range && (selection === undefined || event.ctrlKey || event.metaKey)) {
      onOpen();
      return;
    }
    event.preventDefault();
    if (range) selectRange(conversation.id, at);
    else selectionStore.set((before) => toggled(before, conversation.id));
  };
  return (
    <div
      className="conversation-row"
      data-current={current || undefined}
      data-selected={selected || undefined}
      data-drop={drop.side}
      data-conversation={conversation.id}
      {...drop.handlers}
    >
      {selection ? <Tick id={conversation.id} title={title} checked={selected} at={at} /> : undefined}
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        className="conversation-link"
        aria-current={current ? "page" : undefined}
        onClick={onClick}
        title={title}
        draggable
        onDragStart={(event) => {
          const many = selected && selection ? at.order.filter((id) => selection.ids.has(id)) : [];
          const ids = many.length > 0 ? many : [conversation.id];
          startDrag(event, { kind: "conversations", ids, filed: ids.length > 1 || Boolean(folderId) });
        }}
      >
        <span className="conversation-title as-named" dir="auto">
          <Marked words={words}>{title}</Marked>
        </span>
        {pinned ? (
          <Pin size={12} className="conversation-pin" role="img" aria-label={text.folders.pinned} />
        ) : undefined}
        {conversation.streaming ? (
          <span className="writing-dot" role="img" aria-label={text.sidebar.writing} />
        ) : undefined}
        {conversation.snippet ? (
          <span className="conversation-snippet as-named" dir="auto">
            <Marked words={words}>{conversation.snippet}</Marked>
          </span>
        ) : undefined}
        <Filing folders={at.inFolder ? [] : at.folders} folderId={folderId ?? undefined} tags={tags} />
      </Link>
      <RowMenu conversation={conversation} current={current} at={at} onAsk={setAsking} />
      <RenameDialog open={asking === "rename"} conversation={conversation} onClose={close} />
      {asking === "export" ? <ExportDialog conversation={conversation} onClose={close} /> : undefined}
      {asking === "share" ? <ShareDialog conversation={conversation} onClose={close} /> : undefined}
      {asking === "move" ? (
        <MoveDialog
          moved={{ ids: [conversation.id], title: text.folders.moveOne(title), current: folderId ?? undefined }}
          onClose={close}
        />
      ) : undefined}
      {asking === "tags" ? (
        <TagsDialog conversations={[conversation]} known={at.tags.map(({ tag }) => tag)} onClose={close} />
      ) : undefined}
    </div>
  );
});

/** From where the selection began, else from the conversation that is open. */
function selectRange(id: string, at: RowPlace): void {
  selectionStore.set((before) => {
    const from = before ?? (at.currentId === undefined ? undefined : { ids: new Set<string>(), anchor: at.currentId });
    return ranged(from, at.order, id);
  });
}

/** The arrows go from box to box, with Shift they select on the way. */
function Tick({ id, title, checked, at }: { id: string; title: string; checked: boolean; at: RowPlace }) {
  const shifted = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      const row = event.currentTarget.closest("[data-conversation]");
      selectionStore.set(undefined);
      row?.querySelector<HTMLElement>(".conversation-link")?.focus();
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      selectionStore.set({ ids: new Set(at.order), anchor: id });
    } else {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = by === undefined ? undefined : at.order[at.order.indexOf(id) + by];
      if (next === undefined) return;
      if (event.shiftKey) selectionStore.set((before) => ranged(before, at.order, next));
      focusTick(next);
    }
    event.preventDefault();
  };
  return (
    <label className="conversation-tick">
      <input
        type="checkbox"
        aria-label={text.folders.selectOne(title)}
        checked={checked}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          // A change itself tells no keys.
          shifted.current = event.shiftKey;
        }}
        onChange={() => {
          if (shifted.current) selectRange(id, at);
          else selectionStore.set((before) => toggled(before, id));
        }}
      />
    </label>
  );
}

export function focusTick(id: string): void {
  document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(id)}"] .conversation-tick input`)?.focus();
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

/** In which folder it is, and its tags. */
function Filing({
  folders,
  folderId,
  tags,
}: {
  folders: readonly Folder[];
  folderId: string | undefined;
  tags: readonly string[];
}) {
  const folder = folderId === undefined ? undefined : folders.find(({ id }) => id === folderId);
  if (!folder && tags.length === 0) return undefined;
  return (
    <span className="conversation-filing">
      {folder ? (
        <span className="as-named" dir="auto" title={pathOf(folders, folder.id)}>
          {text.folders.within(folder.name)}
        </span>
      ) : undefined}
      {tags.map((tag) => (
        <span key={tag} className="conversation-tag as-named" dir="auto">
          {tag}
        </span>
      ))}
    </span>
  );
}

function RowMenu({
  conversation,
  current,
  at,
  onAsk,
}: {
  conversation: Conversation;
  current: boolean;
  at: RowPlace;
  onAsk: (asking: Asking) => void;
}) {
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

function RenameDialog({
  open,
  conversation,
  onClose,
}: {
  open: boolean;
  conversation: Conversation;
  onClose: () => void;
}) {
  const update = useUpdateConversation();
  return (
    <Dialog open={open} onClose={onClose} title={text.sidebar.renameTitle} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const title = String(new FormData(event.currentTarget).get("title") ?? "").trim();
          if (title === "") return;
          update.mutate({ id: conversation.id, change: { title } }, { onSuccess: onClose });
        }}
      >
        <TextField
          label={text.sidebar.newTitle}
          name="title"
          defaultValue={conversation.title}
          required
          maxLength={200}
          autoFocus
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={update.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
